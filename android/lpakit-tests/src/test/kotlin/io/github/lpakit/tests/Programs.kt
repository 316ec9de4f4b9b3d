package io.github.lpakit.tests

import io.github.lpakit.ActivationCode
import io.github.lpakit.CardChannel
import io.github.lpakit.LpaException
import io.github.lpakit.LpaKit
import io.github.lpakit.sandbox.Stage
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.yield
import java.io.File
import java.net.URLClassLoader
import java.util.concurrent.CountDownLatch

/** Asks a card and forgets to close it. */
object ForgetfulProgram {
    @JvmStatic
    fun main(arguments: Array<String>) {
        val lpa = LpaKit.open("forgotten", ScriptedCard())
        println(runBlocking { lpa.eid().value })
    }
}

/** Ends while a card does not answer. */
object HastyProgram {
    @JvmStatic
    fun main(arguments: Array<String>) {
        val asked = CountDownLatch(1)
        val lpa = LpaKit.open(
            "silent",
            ScriptedCard {
                asked.countDown()
                CountDownLatch(1).await()
                null
            },
        )
        CoroutineScope(Dispatchers.Default).launch { lpa.eid() }
        asked.await()
        println("asked")
    }
}

/** Loads a library from a place, or with the defaults; prints what comes of it. */
object LoadingProgram {
    @JvmStatic
    fun main(arguments: Array<String>) {
        try {
            LpaKit.load(arguments.firstOrNull())
            println("loaded ${LpaKit.isLoaded}")
        } catch (error: LpaException) {
            println("${error.kind} ${error.key} ${LpaKit.isLoaded}")
            println(error.message)
        }
    }
}

/** Uses the release library, which has no sandbox. */
object ReleaseProgram {
    @JvmStatic
    fun main(arguments: Array<String>) {
        LpaKit.load(debug = false)
        val card = ScriptedCard()
        val lpa: AutoCloseable = LpaKit.open("release", card as CardChannel).also { println(runBlocking { it.eid().value }) }
        println(card.callers.toSet().joinToString { "${it.name} ${it.isDaemon}" })
        lpa.close()
        try {
            Stage()
        } catch (error: LinkageError) {
            println("no sandbox")
        }
    }
}

/** Loads the library with a second class loader, when the first one has it. */
object TwoLoadersProgram {
    @JvmStatic
    fun main(arguments: Array<String>) {
        println(ActivationCode.parse("LPA:1\$first.example\$A").address)
        val path = System.getProperty("java.class.path").split(File.pathSeparator).map { File(it).toURI().toURL() }
        val other = URLClassLoader(path.toTypedArray(), ClassLoader.getPlatformClassLoader())
        val second = other.loadClass(SecondLoader::class.java.name)
        println(second.getMethod("address").invoke(null))
    }
}

object SecondLoader {
    @JvmStatic
    fun address(): String = ActivationCode.parse("LPA:1\$second.example\$A").address
}

/** Forgets an offer, which the collector then lets go, on a thread of its own that must not wait for the card. */
object ForgottenOfferProgram {
    @JvmStatic
    fun main(arguments: Array<String>): Unit = scene {
        offer()
        stage.act("hold card CancelSession")
        val end = System.nanoTime() + 60_000_000_000
        while (lpa.openOffer()?.close() != null && System.nanoTime() < end) {
            System.gc()
            // The call that brought the offer stands on the stack until this coroutine is resumed anew.
            yield()
        }
        stage.act("wait held")
        stage.act("release")
        stage.act("wait cancelSession 1")
        println(stage.act("state card"))
    }
}

/** Makes many objects and looks at what is left of them. */
object LeakProgram {
    private const val NUMBER = 10_000

    /** Cards of their own have a thread each, so fewer of them are forgotten at once. */
    private const val CARDS = 100

    @JvmStatic
    fun main(arguments: Array<String>) {
        forgetAndClose()
        val before = residentKilobytes()
        forgetAndClose()
        println("open=${Stage.openCards()} grown=${residentKilobytes() - before}")
    }

    private fun forgetAndClose() {
        runBlocking {
            repeat(NUMBER) { round ->
                val lpa = LpaKit.open("closed", ScriptedCard())
                ActivationCode.parse("LPA:1\$smdp.example\$$round")
                if (round % CARDS == 0) lpa.eid()
                lpa.close()
            }
            var kept = LpaKit.open("forgotten", ScriptedCard())
            repeat(NUMBER) { round ->
                kept = LpaKit.open("forgotten", ScriptedCard())
                ActivationCode.parse("LPA:1\$smdp.example\$$round").hashCode()
            }
            repeat(CARDS) { LpaKit.open("forgotten $it", ScriptedCard()).eid() }
            kept.eid()
        }
        awaitCollector()
    }

    /** Until the collector has found all of them, which it is asked to for a minute at most. */
    private fun awaitCollector() {
        val end = System.nanoTime() + 60_000_000_000
        while (Stage.openCards() > 0 && System.nanoTime() < end) {
            System.gc()
            Thread.sleep(10)
        }
    }

    private fun residentKilobytes(): Long {
        val line = File("/proc/self/status").readLines().first { it.startsWith("VmRSS:") }
        return line.filter { it.isDigit() }.toLong()
    }
}
