package io.github.lpakit.android.install.internal

import android.app.Activity
import android.app.PendingIntent
import android.content.Intent
import java.lang.ref.WeakReference
import java.util.concurrent.atomic.AtomicBoolean
import kotlinx.coroutines.CompletableDeferred

/** Something that the system wants to ask the person. */
internal class Question(
    /** Its name within the process. */
    val name: String,
    /** What the system sent. */
    val extras: Intent,
    /** How it answers when the person has. */
    val wayBack: PendingIntent,
) {
    /** Completed when the system's screen was started, or could not be. */
    val shown = CompletableDeferred<Unit>()

    /** Completed when the system's screen was closed: with true, when it was closed without a yes. */
    val closed = CompletableDeferred<Boolean>()

    private val isTaken = AtomicBoolean()

    /** Why it could not be asked: a key of the catalogue. */
    @Volatile
    var failure: String? = null
        private set

    @Volatile
    private var activity: WeakReference<Activity>? = null

    /** Only one activity may ask it, once. */
    fun take(): Boolean = isTaken.compareAndSet(false, true)

    fun showIn(activity: Activity) {
        this.activity = WeakReference(activity)
        shown.complete(Unit)
    }

    fun fail(key: String) {
        failure = key
        shown.complete(Unit)
        closed.complete(true)
    }

    /** Takes it back. Answers whether nobody had seen it. */
    fun withdraw(): Boolean {
        val wasUnseen = take()
        activity?.get()?.let { it.runOnUiThread { QuestionActivity.close(it) } }
        return wasUnseen
    }
}
