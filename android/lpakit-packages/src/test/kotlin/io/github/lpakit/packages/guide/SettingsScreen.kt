package io.github.lpakit.packages.guide

import android.app.Application
import android.telephony.SubscriptionManager
import android.telephony.TelephonyManager
import io.github.lpakit.DeviceCapabilities
import io.github.lpakit.DeviceInfo
import io.github.lpakit.Iccid
import io.github.lpakit.Lpa
import io.github.lpakit.LpaKit
import io.github.lpakit.LpaOptions
import io.github.lpakit.Profile
import io.github.lpakit.system.SystemLpaHost
import io.github.lpakit.system.TelephonyCards

// guide: system application
class LpaApplication : Application(), SystemLpaHost {
    override fun lpaOptions(slot: Int): LpaOptions {
        val telephony = getSystemService(TelephonyManager::class.java)
        return LpaOptions(
            device = DeviceInfo(
                tac = telephony?.typeAllocationCode,
                capabilities = DeviceCapabilities(eutranEpc = "15.0.0", nr5gc = "15.0.0"),   // what your modem can do
            ),
        )
    }
}
// guide: end

// guide: system screen
class EsimSettings(private val application: LpaApplication) {
    private val cards = TelephonyCards(application)

    /** The name is the one that lpakit's own service gives the card: both then work with one LPA. */
    fun open(slot: Int): Lpa {
        val card = cards.card(slot)
        return LpaKit.open(card.id, card, application.lpaOptions(slot))
    }

    /** Has Android read the list again, after a change that it did not ask for. */
    fun tellAndroid(slot: Int) {
        val card = cards.euicc(slot).cardId ?: return
        val plans = application.getSystemService(SubscriptionManager::class.java)
        plans?.requestEmbeddedSubscriptionInfoListRefresh(card)
    }
}

suspend fun show(lpa: Lpa): List<Profile> = lpa.profilesInDetail()

/** What comes back is what the card says afterwards. */
suspend fun switchOn(lpa: Lpa, iccid: Iccid): Profile = lpa.enable(iccid)
// guide: end
