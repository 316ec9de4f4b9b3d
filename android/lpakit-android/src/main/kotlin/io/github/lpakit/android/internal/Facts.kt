package io.github.lpakit.android.internal

import android.content.Context
import android.content.pm.PackageManager
import android.os.Build
import android.telephony.TelephonyManager
import android.telephony.euicc.EuiccManager
import io.github.lpakit.AppStanding
import io.github.lpakit.CardAccess
import io.github.lpakit.InstallRoute
import io.github.lpakit.PhoneFacts
import io.github.lpakit.android.install.internal.SetupLinks

/** What an LPA of the system must hold. */
private const val WRITE_EMBEDDED_SUBSCRIPTIONS = "android.permission.WRITE_EMBEDDED_SUBSCRIPTIONS"

/** What is known of this phone, and what each way found. */
internal fun gatherFacts(context: Context, access: Map<InstallRoute, List<CardAccess>?>): PhoneFacts {
    val noReaders = if (context.has(PackageManager.FEATURE_USB_HOST)) emptyList<CardAccess>() else null
    return PhoneFacts(
        apiLevel = Build.VERSION.SDK_INT,
        standing = standing(context),
        esim = context.has(PackageManager.FEATURE_TELEPHONY_EUICC) && isSwitchedOn(context),
        sims = access[InstallRoute.SIM_CARD],
        slots = access[InstallRoute.PHONE_CARD],
        readers = access[InstallRoute.READER] ?: noReaders,
        opensSetupLinks = SetupLinks.handler(context) != null,
    )
}

private fun Context.has(feature: String): Boolean = packageManager.hasSystemFeature(feature)

/** Whether there is an LPA in the system that is switched on. */
private fun isSwitchedOn(context: Context): Boolean =
    context.getSystemService(EuiccManager::class.java)?.isEnabled == true

private fun standing(context: Context): AppStanding = when {
    context.checkSelfPermission(WRITE_EMBEDDED_SUBSCRIPTIONS) == PackageManager.PERMISSION_GRANTED -> AppStanding.SYSTEM
    isOperators(context) -> AppStanding.OPERATOR
    else -> AppStanding.PLAIN
}

private fun isOperators(context: Context): Boolean = try {
    context.getSystemService(TelephonyManager::class.java)?.hasCarrierPrivileges() == true
} catch (_: UnsupportedOperationException) {
    // A device without plans (Android 15).
    false
}
