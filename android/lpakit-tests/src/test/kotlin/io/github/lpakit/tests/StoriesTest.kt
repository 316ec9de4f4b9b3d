package io.github.lpakit.tests

import io.github.lpakit.ActivationCode
import io.github.lpakit.Answers
import io.github.lpakit.ConfirmationCode
import io.github.lpakit.DeviceInfo
import io.github.lpakit.Iccid
import io.github.lpakit.InstallOutcome
import io.github.lpakit.InstallTask
import io.github.lpakit.Lpa
import io.github.lpakit.LpaException
import io.github.lpakit.LpaKit
import io.github.lpakit.LpaOptions
import io.github.lpakit.MemoryReset
import io.github.lpakit.Need
import io.github.lpakit.Offer
import io.github.lpakit.ProfileSource
import io.github.lpakit.RejectReason
import io.github.lpakit.sandbox.SandboxException
import io.github.lpakit.sandbox.Stage
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import java.io.File

/** Plays the stories of tests/e2e/stories, whose README explains their grammar. */
class StoriesTest {
    @Test
    fun everyStoryEndsAsItSays() {
        val wrong = mutableListOf<String>()
        var stories = 0
        var player: Player? = null
        for (name in listOf("plans.txt", "troubles.txt", "profiles.txt")) {
            File(System.getProperty("lpakit.android"), "../tests/e2e/stories/$name").readLines().forEachIndexed { at, text ->
                val line = text.trim()
                if (line.startsWith("story ")) {
                    player?.close()
                    player = Player("story ${++stories}")
                } else if (line.isNotEmpty() && !line.startsWith("#")) {
                    val asked = line.substringBefore(" -> ")
                    val must = line.substringAfter(" -> ", "ok")
                    val was = checkNotNull(player).play(asked)
                    if (was != must) wrong += "$name:${at + 1}: $asked\n  must be $must\n  but was $was"
                }
            }
        }
        player?.close()
        assertEquals("", wrong.joinToString("\n"))
        assertTrue("only $stories stories", stories >= 25)
        println("stories: $stories passed")
    }
}

/** One card's LPA, and how far a download on it has come. */
private class Seat(val lpa: Lpa) {
    var closed = false
    var source: ProfileSource? = null
    var offer: Offer? = null
    var task: InstallTask? = null
}

private class Player(private val story: String) : AutoCloseable {
    private val stage = Stage()
    private val seats = mutableMapOf<Int, Seat>()
    private val installed = mutableListOf<Iccid>()
    private var card = 1

    private val seat: Seat get() = seats.getValue(card)

    override fun close() {
        seats.values.forEach { it.lpa.close() }
        stage.close()
    }

    fun play(line: String): String = try {
        val words = line.substringAfter(' ', "").split(' ')
        runBlocking { verb(line.substringBefore(' '), line.substringAfter(' ', ""), words) }
    } catch (error: SandboxException) {
        "(stage) ${error.message}"
    } catch (error: LpaException) {
        tell(error)
    }

    private suspend fun verb(verb: String, arguments: String, words: List<String>): String = when (verb) {
        "stage" -> stage.act(arguments)
        "open" -> open(words)
        "code" -> code(words)
        "offer" -> offer()
        "accept" -> accept(words)
        "reject" -> "told=${open().reject(RejectReason.valueOf(arguments.uppercase()))}"
        "cancel" -> ok(seat.task?.cancel())
        "outcome" -> outcome()
        "change" -> change(words)
        "list" -> list(arguments)
        "send" -> send()
        "close" -> close(arguments)
        else -> error("there is no verb $verb")
    }

    private fun open(): Offer = checkNotNull(seat.offer)

    private fun open(words: List<String>): String {
        fun option(name: String) = words.firstOrNull { it.startsWith(name) }?.removePrefix(name)
        card = option("card=")?.toInt() ?: 1
        if (seats[card]?.closed == false) return "ok"
        val id = "$story card $card"
        stage.useClockFor(id)
        val options = stage.options(LpaOptions(device = DeviceInfo(tac = "35693803"), deliversAutomatically = false))
        val lpa = if (option("port=") == "channels") {
            LpaKit.open(id, stage.channels(card), options)
        } else {
            LpaKit.open(id, stage.card(card), options)
        }
        return ok(seats.put(card, Seat(lpa)))
    }

    private suspend fun code(words: List<String>): String {
        val text = words.getOrElse(1) { "" }
        val code = when (words[0]) {
            "text" -> seat.lpa.parseActivationCode(text)
            "plane" -> {
                val plane = stage.qrPlane(text)
                ActivationCode.scan(
                    plane.data, plane.width, plane.height, plane.rowStride, plane.pixelStride, allowTestServers = true,
                )
            }
            "discover" -> {
                val plans = seat.lpa.discover().plans
                seat.source = plans.firstOrNull()?.let(ProfileSource::Event)
                return "plans=${plans.size}"
            }
            else -> {
                seat.source = ProfileSource.DefaultServer
                return "ok"
            }
        }
        seat.source = ProfileSource.Code(code)
        return "server=${code.address}"
    }

    private suspend fun offer(): String {
        val offer = seat.lpa.authenticate(checkNotNull(seat.source))
        seat.offer = offer
        val needs = NEEDS.filterKeys { it in offer.needs }.values
        return "operator=${offer.profile.serviceProviderName} name=${offer.profile.profileName} needs=${list(needs)}"
    }

    private fun accept(words: List<String>): String {
        val agreed = NEEDS.filterValues { it in words }.keys
        val code = words.firstOrNull { it.startsWith("code=") }?.removePrefix("code=")
        seat.task = open().accept(Answers(agreed, code?.let(::ConfirmationCode)))
        return "ok"
    }

    private suspend fun outcome(): String = when (val outcome = checkNotNull(seat.task).outcome()) {
        is InstallOutcome.ConfirmationCodeRefused -> {
            seat.offer = outcome.offer
            "again ${tell(outcome.error)}"
        }
        is InstallOutcome.Installed -> {
            val profile = outcome.profile
            installed += profile.iccid
            "installed p${installed.size} name=${profile.profile.profileName} " +
                "report=${profile.report.name.lowercase()} cancel_requested=${profile.wasCancelRequested}"
        }
    }

    private suspend fun change(words: List<String>): String {
        fun id() = installed[words[1].removePrefix("p").toInt() - 1]
        val lpa = seat.lpa
        return when (words[0]) {
            "enable" -> state(lpa.enable(id()).isEnabled)
            "disable" -> state(lpa.disable(id()).isEnabled)
            "delete" -> ok(lpa.delete(id()))
            "rename" -> ok(lpa.rename(id(), words.drop(2).joinToString(" ")))
            "reset" -> ok(lpa.resetMemory(MemoryReset("profiles" in words, defaultSmdpAddress = "default_server" in words)))
            else -> error("there is no such change")
        }
    }

    private suspend fun list(what: String): String = if (what == "notifications") {
        list(seat.lpa.notifications().flatMap { it.events }.map { it.name.lowercase() })
    } else {
        list(seat.lpa.profiles().map { "${it.displayName}:${state(it.isEnabled)}" })
    }

    private suspend fun send(): String {
        val sent = seat.lpa.sendNotifications()
        return "delivered=${sent.delivered.size} unsent=${list(sent.unsent.map { it.error.key })}"
    }

    private suspend fun close(what: String): String {
        if (what == "offer") return ok(seat.offer?.close())
        seat.closed = true
        return ok(seat.lpa.closeAndJoin())
    }
}

/** What an offer can need, by the words for it. */
private val NEEDS = linkedMapOf(
    Need.CONSENT to "consent",
    Need.CONSENT_TO_NO_DISABLING to "no_disabling",
    Need.CONSENT_TO_NO_DELETING to "no_deleting",
    Need.CONSENT_TO_LOW_MEMORY to "low_memory",
    Need.CONFIRMATION_CODE to "confirmation_code",
)

private fun list(items: Collection<String>): String = items.joinToString(",", "[", "]")

private fun state(enabled: Boolean): String = if (enabled) "enabled" else "disabled"

private fun tell(error: LpaException): String = "error ${error.key} kind=${error.kind.name.lowercase()} " +
    "plan=${error.plan.name.lowercase()} advice=${error.advice.name.lowercase()}"

@Suppress("UNUSED_PARAMETER")
private fun ok(done: Any?): String = "ok"
