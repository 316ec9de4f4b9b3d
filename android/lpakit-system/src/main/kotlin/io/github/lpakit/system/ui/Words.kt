package io.github.lpakit.system.ui

import android.content.Context
import android.util.TypedValue
import io.github.lpakit.LpaKit

/**
 * This library's resources, found by their names: their numbers are only known when the app is built, and the library is
 * compiled without Android's tools. `res/raw/lpakit_keep.xml` keeps them.
 */
internal class Words(private val context: Context) {
    private fun find(type: String, name: String) = context.resources.getIdentifier(name, type, context.packageName)

    /** A text; its name where the app was built without this library's resources. */
    fun text(name: String, vararg values: Any): String = when (val id = find("string", "lpakit_$name")) {
        0 -> name
        else -> context.resources.getString(id, *values)
    }

    /** A text of the catalogue, in the screen's languages. */
    fun word(key: String): String {
        val locales = context.resources.configuration.locales
        return LpaKit.text(key, emptyMap(), List(locales.size()) { locales[it] })
    }

    /** The theme that the application names with this attribute. */
    fun theme(attribute: String): Int? {
        val id = find("attr", attribute).takeIf { it != 0 } ?: return null
        val value = TypedValue()
        val isThere = context.applicationContext.theme.resolveAttribute(id, value, true)
        return value.resourceId.takeIf { isThere && it != 0 }
    }

    fun pixels(independent: Int): Int = TypedValue.applyDimension(
        TypedValue.COMPLEX_UNIT_DIP,
        independent.toFloat(),
        context.resources.displayMetrics,
    ).toInt()

    /** The name of an app that asks, which may call itself whatever it likes. */
    fun appName(packageName: String?): String = try {
        val packages = context.packageManager
        packages.getApplicationLabel(packages.getApplicationInfo(packageName.orEmpty(), 0)).toString()
    } catch (_: android.content.pm.PackageManager.NameNotFoundException) {
        packageName?.takeIf { it.isNotBlank() } ?: text("an_app")
    }.filterNot { it.isISOControl() || it in DIRECTIONS }.take(LONGEST_NAME)

    private companion object {
        const val LONGEST_NAME = 60

        /** Marks that turn the direction of writing, by which a name could rewrite the question around it. */
        val DIRECTIONS = ('\u202A'..'\u202E') + ('\u2066'..'\u2069')
    }
}
