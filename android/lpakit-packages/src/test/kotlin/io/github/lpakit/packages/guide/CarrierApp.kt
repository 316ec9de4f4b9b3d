package io.github.lpakit.packages.guide

import android.app.Activity
import io.github.lpakit.ActivationCode
import io.github.lpakit.Eid
import io.github.lpakit.LpaException
import io.github.lpakit.PlanState
import io.github.lpakit.android.install.CarrierProvisioningService
import io.github.lpakit.android.install.CodeSource
import io.github.lpakit.android.install.EsimInstaller
import io.github.lpakit.android.install.EsimOutcome
import io.github.lpakit.android.install.EsimScreens
import io.github.lpakit.android.install.InstallRequest
import java.time.Duration

/** The operator's own servers. */
interface Backend {
    /** The activation code of the subscriber, for this eUICC. */
    fun codeFor(eid: String?): String?
}

private object NoBackend : Backend {
    override fun codeFor(eid: String?): String? = null
}

// guide: carrier install
class CarrierPlan(private val activity: Activity) {
    private val installer = EsimInstaller(activity)

    /** [text] comes from your back end. Android asks the person before it installs and before it switches. */
    suspend fun install(text: String): String {
        val request = InstallRequest(ActivationCode.parse(text), CodeSource.APP, switchesAfterwards = true)
        return told(request.id) { installer.install(request) }
    }

    /** At every start of the app, which may have been ended meanwhile: what became of the last request, if there is one. */
    suspend fun goOn(): String? = installer.requests().keys.lastOrNull()?.let { id ->
        told(id) { installer.resume(id, patience = Duration.ofMinutes(1)) }
    }

    private suspend fun told(id: String, work: suspend () -> EsimOutcome): String {
        val text = try {
            "${work().carrierName ?: "Your plan"} is installed."
        } catch (error: LpaException) {
            if (error.plan == PlanState.UNKNOWN) activity.startActivity(EsimScreens.manage())
            error.message                                       // what happened, and what to do now
        }
        installer.forget(id)
        return text
    }
}
// guide: end

// guide: carrier provisioning
class MyProvisioningService : CarrierProvisioningService() {
    private val backend: Backend = backend()

    override fun onCodeRequested(eid: Eid?, answer: CodeAnswer) {
        val text = backend.codeFor(eid?.value)                  // on a thread of lpakit: it may block
        if (text == null) answer.refuse() else answer.give(ActivationCode.parse(text))
    }
}

/** Android's own screens, which ask the service above for the code. Android 11 or later. */
fun startActivation(activity: Activity): Unit = EsimScreens.startActivation(activity, requestCode = 1)
// guide: end

private fun backend(): Backend = NoBackend
