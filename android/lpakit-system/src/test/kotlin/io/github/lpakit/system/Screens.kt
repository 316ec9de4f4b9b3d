package io.github.lpakit.system

import android.app.Activity
import android.graphics.Bitmap
import android.graphics.Canvas
import android.os.Looper
import android.view.View
import android.view.ViewGroup
import android.widget.EditText
import android.widget.TextView
import org.robolectric.Shadows.shadowOf
import org.robolectric.shadows.ShadowPausedLooper
import java.io.File
import java.util.concurrent.TimeUnit

/** Lets the phone live, its main looper and whatever works beside it, until it is [done]. */
fun live(done: () -> Boolean) {
    val looper = shadowOf(Looper.getMainLooper()) as ShadowPausedLooper
    val end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30)
    while (!done()) {
        check(System.nanoTime() < end) { "nothing happens any more" }
        looper.idle()
        looper.poll(5)
    }
    looper.idle()
}

fun View.all(): List<View> = listOf(this) + ((this as? ViewGroup)?.let { group ->
    (0 until group.childCount).flatMap { group.getChildAt(it).all() }
} ?: emptyList())

val Activity.views: List<View> get() = window.decorView.all()

/** What the screen says. */
val Activity.texts: List<String>
    get() = views.filterIsInstance<TextView>().filter { it !is EditText }.map { it.text.toString() }.filter { it.isNotEmpty() }

val Activity.field: EditText get() = views.filterIsInstance<EditText>().single()

fun Activity.button(text: String): View = views.filterIsInstance<TextView>().single { it.isClickable && it.text.toString() == text }

fun Activity.click(text: String) {
    check(button(text).performClick()) { "$text does nothing" }
}

/** The screen as a picture below `target/screens`, for whoever wants to look at it. */
fun Activity.picture(name: String): Bitmap {
    val view = window.decorView
    val bitmap = Bitmap.createBitmap(view.width, view.height, Bitmap.Config.ARGB_8888)
    view.draw(Canvas(bitmap))
    val file = File("target/screens/$name.png")
    file.parentFile?.mkdirs()
    file.outputStream().use { bitmap.compress(Bitmap.CompressFormat.PNG, 100, it) }
    return bitmap
}

/** How many colours a picture has: one that was not drawn has one. */
fun Bitmap.colours(): Int {
    val pixels = IntArray(width * height)
    getPixels(pixels, 0, width, 0, 0, width, height)
    return pixels.toSet().size
}
