package io.github.lpakit.robolectric

import android.os.Handler
import android.os.Looper
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Runnable
import kotlinx.coroutines.async
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.future.asCompletableFuture
import org.robolectric.shadows.ShadowLooper
import java.lang.management.ManagementFactory
import java.nio.file.Files
import java.nio.file.Path
import java.time.Duration
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.TimeUnit
import java.util.concurrent.locks.LockSupport
import kotlin.coroutines.CoroutineContext

/** What an app has as `Dispatchers.Main`. */
public object MainDispatcher : CoroutineDispatcher() {
    private val handler by lazy { Handler(Looper.getMainLooper()) }

    override fun dispatch(context: CoroutineContext, block: Runnable) {
        handler.post(block)
    }
}

/**
 * Plays a story as an app does: its coroutine runs on the main looper, which a test's thread turns meanwhile. Afterwards
 * nothing may have called a [RemoteBinder] from the looper, and the looper's heart, which beats at least each 16 ms, must
 * never have been late by more than 100 ms. Only what the looper works or waits counts, not what it has to do without a
 * processor, so a machine that is busy elsewhere is no reason to fail; nor is Robolectric's rewriting of classes.
 */
public fun onMainLooper(limitSeconds: Long = 120, story: suspend CoroutineScope.() -> Unit) {
    check(Looper.myLooper() === Looper.getMainLooper()) { "tests of Robolectric run on the main looper" }
    RemoteBinder.callsOnMain.clear()
    val looper = ShadowLooper.shadowMainLooper()
    val told = CoroutineScope(MainDispatcher).async { runCatching { coroutineScope { story() } } }
    val heart = Heart(Thread.currentThread())
    val end = System.nanoTime() + TimeUnit.SECONDS.toNanos(limitSeconds)
    var last = System.nanoTime()
    try {
        while (!told.isCompleted) {
            val now = System.nanoTime()
            looper.idleFor(Duration.ofNanos(now - last))
            last = now
            heart.beats++
            if (now > end) throw AssertionError("the story does not end")
            LockSupport.parkNanos(PAUSE_NANOS)
        }
    } finally {
        heart.stop()
        told.cancel()
    }
    told.asCompletableFuture().join().getOrThrow()
    val late = heart.late.joinToString("\n\n")
    if (late.isNotEmpty()) throw AssertionError("the main looper was held up:\n$late")
    val calls = RemoteBinder.callsOnMain.toSet()
    if (calls.isNotEmpty()) throw AssertionError("called from the main looper: $calls")
}

private const val PAUSE_NANOS = 1_000_000L

/** Watches the main looper from a thread of its own. Made on the main looper. */
private class Heart(private val main: Thread) {
    private val labour = Labour()

    /** Counted by the main looper. */
    @Volatile
    var beats = 0L

    /** What the looper was at when it was late. */
    val late = ConcurrentLinkedQueue<String>()

    @Volatile
    private var stopped = false

    private val watcher = Thread({ watch() }, "heart").apply {
        isDaemon = true
        start()
    }

    fun stop() {
        stopped = true
        watcher.join()
    }

    private fun watch() {
        var seen = -1L
        var silent = 0L
        while (!stopped) {
            Thread.sleep(BEAT_MILLIS)
            val spent = labour.spent().coerceAtMost(BEAT_NANOS)
            if (beats != seen) {
                silent = 0
            } else {
                val stack = main.stackTrace
                val wasInTime = silent < LATE_NANOS
                if (stack.none { "SandboxClassLoader" in it.className }) silent += spent
                if (wasInTime && silent >= LATE_NANOS) late += stack.joinToString("\n")
            }
            seen = beats
        }
    }

    private companion object {
        const val BEAT_MILLIS = 16L
        const val BEAT_NANOS = BEAT_MILLIS * 1_000_000

        /** One may be due, and six more are 100 ms. */
        const val LATE_NANOS = 7 * BEAT_NANOS
    }
}

/** What the thread that makes it spends. */
private class Labour {
    private val thread = Thread.currentThread().id
    private val threads = ManagementFactory.getThreadMXBean()

    /** Where Linux tells of the thread. */
    private val facts: Path? = Path.of("/proc/thread-self").takeIf { Files.exists(it) }?.toRealPath()?.resolve("stat")
    private var worked = threads.getThreadCpuTime(thread)

    /** Since it was asked last, in nanoseconds: what it worked; all the time, and so without end, while it waits. */
    fun spent(): Long {
        val before = worked
        worked = threads.getThreadCpuTime(thread)
        return if (hasWork()) worked - before else Long.MAX_VALUE
    }

    /** Whether it works, or would with a processor. Java cannot tell this from native code that waits; nor can other systems. */
    private fun hasWork(): Boolean {
        val state = Files.readString(facts ?: return false).substringAfterLast(')').trim().first()
        return state == 'R'
    }
}
