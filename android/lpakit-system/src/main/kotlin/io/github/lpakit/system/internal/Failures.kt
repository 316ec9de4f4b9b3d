package io.github.lpakit.system.internal

import android.os.Build
import io.github.lpakit.LpaException
import io.github.lpakit.LpaKit

/** The releases of Android by name, where an error names one. */
private fun releaseOf(level: Int): String = when (level) {
    Build.VERSION_CODES.Q -> "10"
    Build.VERSION_CODES.TIRAMISU -> "13"
    else -> level.toString()
}

/** This release of Android cannot do it; the first one that can. */
internal fun systemTooOld(level: Int): LpaException =
    LpaKit.error("os.too_old", mapOf("release" to releaseOf(level)))

/** There is no such slot, or no eSIM in it. */
internal fun noSuchSlot(): LpaException = LpaKit.error("os.no_such_slot")

/** The eSIM has no such port. */
internal fun noSuchPort(): LpaException = LpaKit.error("os.no_such_port")

/** Another SIM has to give way first. */
internal fun mustDeactivate(): LpaException = LpaKit.error("os.deactivate_sim")

/** The app was not given, or no longer has, a permission. */
internal fun notPermitted(name: String): LpaException = LpaKit.error("os.permission", mapOf("name" to name))
