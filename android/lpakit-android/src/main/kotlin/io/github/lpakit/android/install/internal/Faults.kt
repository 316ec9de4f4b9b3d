package io.github.lpakit.android.install.internal

import io.github.lpakit.LpaException
import io.github.lpakit.LpaKit
import io.github.lpakit.PlanState

/** Errors of this route. */
internal object Faults {
    fun of(key: String, vararg arguments: Pair<String, String>): LpaException = LpaKit.error(key, arguments.toMap())

    /** The operator's server refused, with these codes (SGP.22, 5.2.6). */
    fun ofServer(subject: String, reason: String): LpaException = LpaKit.serverRefusal(subject, reason)

    /** The same error of something that installs nothing. */
    fun withoutPlan(fault: LpaException): LpaException =
        LpaException(fault.kind, fault.key, fault.arguments, PlanState.NOT_CONCERNED, fault.advice, fault)
}
