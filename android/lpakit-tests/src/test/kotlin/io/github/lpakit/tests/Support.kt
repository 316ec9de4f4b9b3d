package io.github.lpakit.tests

import io.github.lpakit.Answers
import io.github.lpakit.DeviceInfo
import io.github.lpakit.Imei
import io.github.lpakit.InstallOutcome
import io.github.lpakit.InstalledProfile
import io.github.lpakit.Lpa
import io.github.lpakit.LpaException
import io.github.lpakit.LpaKit
import io.github.lpakit.LpaOptions
import io.github.lpakit.Offer
import io.github.lpakit.sandbox.Stage
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import java.io.File
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicInteger

/** A stage with one card and its LPA, which waits with the stage's clock; and a scope for what goes on beside a test. */
class Scene(
    options: LpaOptions = LpaOptions(deliversAutomatically = false),
) : AutoCloseable, CoroutineScope by CoroutineScope(Dispatchers.Default + SupervisorJob()) {
    val stage = Stage()
    val cardId = "scene ${number.incrementAndGet()}"
    val lpa: Lpa

    init {
        stage.useClockFor(cardId)
        lpa = LpaKit.open(cardId, stage.card(), stage.options(options))
    }

    suspend fun offer(order: String = "order"): Offer = lpa.authenticate(lpa.parseActivationCode(stage.act(order)))

    suspend fun install(order: String = "order"): InstalledProfile {
        val offer = offer(order)
        val outcome = offer.accept(Answers(offer.needs)).outcome()
        return (outcome as InstallOutcome.Installed).profile
    }

    override fun close() {
        lpa.close()
        stage.close()
    }

    private companion object {
        val number = AtomicInteger()
    }
}

fun scene(block: suspend Scene.() -> Unit): Unit = Scene().use { runBlocking { it.block() } }

/** What goes wrong. */
fun failing(block: suspend () -> Unit): LpaException =
    assertThrows(LpaException::class.java) { runBlocking { block() } }

/** A program of the tests' own, run in a virtual machine of its own. */
object Child {
    class Result(val exit: Int, val output: String)

    /** Runs the main of this class; a program that does not end is a failure. */
    fun run(main: String, options: List<String> = emptyList(), arguments: List<String> = emptyList()): Result {
        val library = "-Dlpakit.library=${System.getProperty("lpakit.library")}"
        return start(listOf("-cp", System.getProperty("java.class.path"), library) + options + main + arguments)
    }

    /** Runs Java with these arguments and nothing else of the tests' own. */
    fun start(arguments: List<String>, environment: Map<String, String> = emptyMap()): Result {
        val java = File(System.getProperty("java.home"), "bin/java").path
        val file = File.createTempFile("child", ".txt")
        try {
            val program = ProcessBuilder(listOf(java) + arguments).redirectErrorStream(true).redirectOutput(file)
            program.environment() += environment
            val process = program.start()
            val ended = process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)
            if (!ended) process.destroyForcibly()
            val output = file.readText()
            assertTrue("it goes on and on: $output", ended)
            return Result(process.exitValue(), output)
        } finally {
            file.delete()
        }
    }

    /** As [run], of a program that must end well; its output. */
    fun runWell(main: String, options: List<String> = emptyList(), arguments: List<String> = emptyList()): String {
        val result = run(main, options, arguments)
        assertEquals(result.output, 0, result.exit)
        return result.output.trim()
    }

    private const val LIMIT_SECONDS = 120L
}

/** Settings with identifiers in them. */
fun secretiveOptions(imei: String): LpaOptions =
    LpaOptions(device = DeviceInfo(imei = Imei(imei)), deliversAutomatically = false)
