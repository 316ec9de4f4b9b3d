package io.github.lpakit.android

import io.github.lpakit.Answers
import io.github.lpakit.CardChannel
import io.github.lpakit.CardPortException
import io.github.lpakit.InstallOutcome
import io.github.lpakit.InstalledProfile
import io.github.lpakit.Lpa
import io.github.lpakit.LpaException
import io.github.lpakit.LpaOptions
import io.github.lpakit.OpenedChannel
import io.github.lpakit.robolectric.OmapiPhone
import io.github.lpakit.robolectric.onMainLooper
import io.github.lpakit.sandbox.Stage
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import org.junit.Assert.assertEquals
import org.junit.Assert.fail
import org.robolectric.RuntimeEnvironment
import java.time.Duration
import java.util.concurrent.ConcurrentLinkedQueue

/** A phone with OMAPI, and a stage for its cards. A story on it is played as an app does: from the main looper. */
class Phone : AutoCloseable {
    val stage = Stage()
    val omapi = OmapiPhone(RuntimeEnvironment.getApplication())
    val finder = finder()

    /** Cards are opened by the names of their readers, which are the same in all tests. */
    private val opened = ConcurrentLinkedQueue<Lpa>()

    fun finder(limit: Duration = Duration.ofSeconds(60)) =
        CardFinder(omapi.context, listOf(OmapiSource(omapi.context, limit)), Duration.ofMillis(20))

    suspend fun act(line: String): String = withContext(Dispatchers.IO) { stage.act(line) }

    /** The LPA of the card in the reader of this name. */
    suspend fun open(name: String = "SIM1"): Lpa = open(finder.find().single { it.name == name })

    suspend fun open(card: FoundCard): Lpa =
        card.open(stage.options(LpaOptions(deliversAutomatically = false))).also { opened += it }

    suspend fun install(lpa: Lpa, order: String = "order"): InstalledProfile {
        val offer = lpa.authenticate(lpa.parseActivationCode(act(order)))
        return (offer.accept(Answers(offer.needs)).outcome() as InstallOutcome.Installed).profile
    }

    override fun close() {
        runBlocking { opened.forEach { it.closeAndJoin() } }
        stage.close()
        assertEquals("channels that nobody closed", listOf<Int>(), omapi.readers.map { it.openChannels }.filter { it > 0 })
        assertEquals("bindings that nobody let go", 0, omapi.connections.size)
    }
}

/** Plays a story on a phone with one card in its only slot, or another phone that is made ready before. */
fun phone(
    prepare: Phone.() -> Unit = { omapi.reader("SIM1").insert(stage) },
    story: suspend Phone.() -> Unit,
): Unit = Phone().use { phone ->
    phone.prepare()
    onMainLooper { phone.story() }
}

/** What goes wrong. */
suspend fun failing(block: suspend () -> Unit): LpaException {
    try {
        block()
    } catch (error: LpaException) {
        return error
    }
    fail("nothing went wrong")
    throw AssertionError()
}

/** A card that is no eUICC. */
object PlainSim : CardChannel {
    override fun openChannel(aid: ByteArray): OpenedChannel =
        throw CardPortException(CardPortException.Reason.NO_SUCH_APPLICATION)

    override fun transmit(channel: Int, command: ByteArray): ByteArray = throw AssertionError("there is no channel")

    override fun closeChannel(channel: Int) = Unit
}
