package io.github.lpakit.system.internal

import android.os.Build
import io.github.lpakit.LpaException
import io.github.lpakit.LpaKit
import java.io.PrintWriter

/** Tells what the LPA is at, for a bug report: no identifiers, no names, no codes. */
internal fun House.dump(out: PrintWriter) {
    out.println("lpakit ${LpaKit.VERSION} on API ${Build.VERSION.SDK_INT}")
    cards.shutBecause?.let { out.println("  the modem's channels: ${it.key}") }
    try {
        for (euicc in cards.euiccs()) {
            val ports = euicc.ports.joinToString { if (it.isAwake) "${it.index} awake" else "${it.index} asleep" }
            out.println("  slot ${euicc.slot}: ${if (euicc.isRemovable) "removable" else "built in"}, ports $ports")
        }
    } catch (error: LpaException) {
        out.println("  slots: ${error.key}")
    }
    for (desk in desks()) {
        val offer = if (desk.shelf.look() == null) "no offer" else "an offer waits"
        out.println("  at slot ${desk.slot}: $offer, ${desk.downloads.count} downloads, ${desk.waiting.size} plans found")
    }
}
