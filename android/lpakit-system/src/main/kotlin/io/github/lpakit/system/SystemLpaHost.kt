package io.github.lpakit.system

import android.content.Context
import io.github.lpakit.CardChannel
import io.github.lpakit.LpaException
import io.github.lpakit.LpaOptions

/**
 * What a phone's maker decides about its LPA. The `Application` of the LPA implements it where the defaults do not fit;
 * service and activities ask it, so all of them live in one process.
 */
public interface SystemLpaHost {
    /** Settings of the LPA for the eUICC in this slot: what the device is and can do, above all ([LpaOptions.device]). */
    public fun lpaOptions(slot: Int): LpaOptions = LpaOptions()

    /** The way to a card, for phones with one of their own; the modem's logical channels otherwise. */
    @Throws(LpaException::class)
    public fun card(context: Context, slot: Int, port: Int): CardChannel = TelephonyCards(context).card(slot, port)
}
