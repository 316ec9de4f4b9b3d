package io.github.lpakit.system.internal

import android.os.Build
import io.github.lpakit.Advice
import io.github.lpakit.ErrorKind
import io.github.lpakit.LpaException
import io.github.lpakit.PlanState

/** The releases of Android by name, where an error names one. */
private fun releaseOf(level: Int): String = when (level) {
    Build.VERSION_CODES.Q -> "10"
    Build.VERSION_CODES.TIRAMISU -> "13"
    else -> level.toString()
}

internal fun osError(key: String, arguments: Map<String, String> = emptyMap()): LpaException =
    LpaException(ErrorKind.CARD, key, arguments, PlanState.STILL_VALID, Advice.NOTHING)

/** This release of Android cannot do it; the first one that can. */
internal fun systemTooOld(level: Int): LpaException = osError("os.too_old", mapOf("release" to releaseOf(level)))

/** There is no such slot, no such port, or no eSIM in it. */
internal fun noSuchSlot(): LpaException = osError("os.no_such_slot")

/** The app was not given, or no longer has, a permission. */
internal fun notPermitted(name: String): LpaException = osError("os.permission", mapOf("name" to name))
