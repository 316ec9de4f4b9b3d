package io.github.lpakit.internal

import io.github.lpakit.LpaException
import io.github.lpakit.ffi.Disposable
import io.github.lpakit.ffi.fault
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.async
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.withContext
import io.github.lpakit.ffi.LpaException as FfiException

/** Makes the one error of whatever the generated code throws. */
@Suppress("TooGenericExceptionCaught")
internal inline fun <T> translating(block: () -> T): T = try {
    block()
} catch (error: LpaException) {
    throw error
} catch (error: CancellationException) {
    throw error
} catch (error: FfiException.Failed) {
    throw error.details.toFacade()
} catch (error: Exception) {
    throw faultOf(error)
}

/** What failed in a way that the generated code reports by itself. Its message may hold anything, so it is not kept. */
internal fun faultOf(error: Exception): LpaException =
    if (error is HandleGone) closed() else fault().toFacade()

/** The object behind a handle was freed. */
internal class HandleGone : IllegalStateException()

/** A native object that can be let go while others use it. */
internal class Handle<T>(private val native: T) where T : Disposable {
    @Volatile
    var isGone: Boolean = false
        private set

    /** The object, unless it was let go. */
    fun get(): T = if (isGone) throw closed() else native

    /** Calls the object. That it was let go meanwhile is the typed error. */
    inline fun <R> call(block: (T) -> R): R = translating {
        val native = get()
        try {
            block(native)
        } catch (error: IllegalStateException) {
            // Generated code says so of an object that was freed between the two lines above.
            throw if (isGone && error !is CancellationException) HandleGone() else error
        }
    }

    /** Lets the object go; calls that are under way end first. */
    fun free() {
        isGone = true
        native.destroy()
    }
}

/**
 * Waits for the native library on the dispatcher's threads. It wakes its waiters on its own one, where callers who resume
 * in place, as unconfined ones do, would keep it from its work; and a main thread has better things to do.
 */
internal suspend fun <T> awaiting(block: suspend () -> T): T = withContext(Dispatchers.Default) { block() }

/** Does something short to its end, even when the caller is cancelled, who learns of that afterwards. */
internal suspend fun <T> toItsEnd(block: suspend () -> T): T {
    currentCoroutineContext().ensureActive()
    try {
        return withContext(NonCancellable + Dispatchers.Default) { block() }
    } finally {
        currentCoroutineContext().ensureActive()
    }
}

/**
 * Does something that can be cancelled: when the caller is, `cancel` is called, and the end awaited without the caller's
 * job. A result that came all the same is handed to `discard`, for nobody will ever see it.
 */
internal suspend fun <T> cancellable(
    cancel: () -> Unit,
    discard: suspend (T) -> Unit = {},
    block: suspend () -> T,
): T {
    currentCoroutineContext().ensureActive()
    val work = CoroutineScope(Dispatchers.Default + Job()).async { block() }
    try {
        return work.await()
    } catch (error: CancellationException) {
        cancel()
        withContext(NonCancellable) { runCatching { discard(work.await()) } }
        throw error
    }
}
