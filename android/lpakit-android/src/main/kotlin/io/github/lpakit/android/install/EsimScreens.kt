package io.github.lpakit.android.install

import android.app.Activity
import android.content.ActivityNotFoundException
import android.content.Context
import android.content.Intent
import android.net.Uri
import android.os.Build
import android.telephony.euicc.EuiccManager
import io.github.lpakit.ActivationCode
import io.github.lpakit.LpaException
import io.github.lpakit.android.install.internal.Faults
import io.github.lpakit.android.install.internal.SetupLinks

/** Screens of the phone's own system, where a person goes on by hand. */
public object EsimScreens {
    /** The system's list of eSIMs, for any app to open: what to look at when an outcome is not known. */
    @JvmStatic
    public fun manage(): Intent = Intent(EuiccManager.ACTION_MANAGE_EMBEDDED_SUBSCRIPTIONS)

    /**
     * Starts the system's own way to a new eSIM, for an operator's app, from Android 11 on. With [usesQrScanner] the
     * system has the person scan a code; else it asks the app's [CarrierProvisioningService] for one.
     *
     * [Activity.onActivityResult] gets `RESULT_OK` when a profile was installed and `RESULT_CANCELED` when the person went
     * back; anything else is an error. The system takes it from operators' apps only, and looks who asks by this result.
     * Throws `os.too_old` and `os.no_esim`.
     */
    @JvmStatic
    @JvmOverloads
    @Throws(LpaException::class)
    public fun startActivation(activity: Activity, requestCode: Int, usesQrScanner: Boolean = false) {
        if (Build.VERSION.SDK_INT < Build.VERSION_CODES.R) throw Faults.of("os.too_old", "release" to "11")
        val intent = Intent(EuiccManager.ACTION_START_EUICC_ACTIVATION)
            .putExtra(EuiccManager.EXTRA_USE_QR_SCANNER, usesQrScanner)
        try {
            activity.startActivityForResult(intent, requestCode)
        } catch (_: ActivityNotFoundException) {
            throw Faults.of("os.no_esim")
        } catch (_: SecurityException) {
            throw Faults.of("os.no_privilege")
        }
    }

    /**
     * The link that some phones' settings open with the code. It holds the code.
     *
     * Neither Google nor a phone's maker documents it: sellers of plans hand it out for Android 10 and later, and others
     * say that it does nothing. It is the last resort, before a QR code on another screen.
     */
    @JvmStatic
    public fun setupLink(code: ActivationCode): Uri = SetupLinks.of(code)

    /**
     * Whether a part of the phone's system says that it opens [setupLink]. Asks the package manager: not for the main
     * thread.
     */
    @JvmStatic
    public fun opensSetupLink(context: Context): Boolean = SetupLinks.handler(context) != null

    /**
     * Opens [setupLink]. Nothing comes back: neither whether the person went on, nor how it ended.
     *
     * The code is given to a part of the phone's system only, never to a browser, which would send it over the network,
     * nor to another app that claims such links. Throws `os.link_not_opened` when there is none, and `os.link_not_agreed`
     * for a code from a link that nobody agreed to. Not for the main thread.
     */
    @JvmStatic
    @Throws(LpaException::class)
    public fun openSetupLink(context: Context, request: InstallRequest) {
        if (request.source == CodeSource.LINK && !request.isAgreed) throw Faults.of("os.link_not_agreed")
        val handler = SetupLinks.handler(context) ?: throw Faults.of("os.link_not_opened")
        val intent = Intent(Intent.ACTION_VIEW, setupLink(request.code))
            .setComponent(handler)
            .addFlags(Intent.FLAG_ACTIVITY_NEW_TASK)
        try {
            context.startActivity(intent)
        } catch (_: ActivityNotFoundException) {
            throw Faults.of("os.link_not_opened")
        } catch (_: SecurityException) {
            throw Faults.of("os.link_not_opened")
        }
    }
}
