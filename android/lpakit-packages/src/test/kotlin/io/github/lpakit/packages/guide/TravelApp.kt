package io.github.lpakit.packages.guide

import android.content.Context
import io.github.lpakit.ActivationCode
import io.github.lpakit.Answers
import io.github.lpakit.CardAccess
import io.github.lpakit.InstallOutcome
import io.github.lpakit.InstallRoute
import io.github.lpakit.Lpa
import io.github.lpakit.LpaException
import io.github.lpakit.Offer
import io.github.lpakit.Passage
import io.github.lpakit.QrPicture
import io.github.lpakit.RejectReason
import io.github.lpakit.android.CardFinder
import io.github.lpakit.android.install.CodeSource
import io.github.lpakit.android.install.EsimInstaller
import io.github.lpakit.android.install.EsimScreens
import io.github.lpakit.android.install.InstallRequest

// guide: travel install
/** Your screens. */
interface Screens {
    /** Shows what is offered and what it needs; null when the person does not want it. */
    suspend fun ask(offer: Offer): Answers?

    /** For another phone's camera, or to be printed. */
    suspend fun showCode(picture: QrPicture)
}

class TravelPlan(private val context: Context, private val screens: Screens) {
    /** Tries the ways that are open, the best first; true when the plan is on an eSIM now. */
    suspend fun install(code: ActivationCode): Boolean {
        val phone = CardFinder(context).capabilities()
        for (way in phone.ways.filter { it.passage != Passage.SHUT }) {
            try {
                when (way.route) {
                    InstallRoute.SYSTEM_LPA -> EsimInstaller(context).install(InstallRequest(code, CodeSource.APP))
                    InstallRoute.SIM_CARD -> {
                        val card = phone.cards.firstOrNull { it.route == way.route && it.access == CardAccess.OPEN }
                        return (card ?: continue).open().use { download(it, code, screens) }
                    }
                    InstallRoute.SETUP_LINK -> {
                        EsimScreens.openSetupLink(context, InstallRequest(code, CodeSource.APP))
                        return false                            // the person goes on there; nothing comes back
                    }
                    else -> continue
                }
                return true
            } catch (error: LpaException) {
                // Only these have changed nothing and leave the next way to try.
                if (error.key !in setOf("os.no_privilege", "os.no_esim", "os.link_not_opened")) throw error
            }
        }
        screens.showCode(QrPicture.of(code.toQrText()))
        return false
    }
}
// guide: end

// guide: travel card
suspend fun download(lpa: Lpa, code: ActivationCode, screens: Screens): Boolean {
    var offer = lpa.authenticate(code)                          // nothing is written before the person agrees
    while (true) {
        val answers = screens.ask(offer)
        if (answers == null) {
            offer.reject(RejectReason.LATER)
            return false
        }
        when (val outcome = offer.accept(answers).outcome()) {
            is InstallOutcome.Installed -> return lpa.enable(outcome.profile.iccid).isEnabled
            is InstallOutcome.ConfirmationCodeRefused -> offer = outcome.offer
        }
    }
}
// guide: end

// guide: travel diagnosis
/** A line for each way, and what to give to a card's maker or an operator. */
suspend fun diagnosis(context: Context): List<String> {
    val phone = CardFinder(context).capabilities()
    val ways = phone.ways.map { "${it.route} ${it.passage} ${it.explanations().joinToString(" ")}" }
    return ways + phone.app.certificates.map { "${phone.app.packageName} ${it.sha256}" }
}
// guide: end
