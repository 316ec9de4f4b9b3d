package io.github.lpakit.android.install.internal

import android.content.ComponentName
import android.content.Context
import android.content.Intent
import android.content.pm.ActivityInfo
import android.content.pm.ApplicationInfo
import android.content.pm.PackageManager
import android.net.Uri
import io.github.lpakit.ActivationCode

/** Links that phones' settings may open. */
internal object SetupLinks {
    private const val LINK = "https://esimsetup.android.com/esim_qrcode_provisioning"

    /** Any web page: what opens this opens everything, and is a browser. */
    private const val WEB_PAGE = "https://www.example.com/"

    fun of(code: ActivationCode): Uri = Uri.parse("$LINK?carddata=${Uri.encode(code.toQrText())}")

    /** What opens them: a part of the system that is no browser. */
    fun handler(context: Context): ComponentName? {
        val browsers = openers(context, WEB_PAGE).map { it.packageName }.toSet()
        return openers(context, LINK)
            .firstOrNull { it.packageName !in browsers && it.exported && isOfSystem(it.applicationInfo) }
            ?.let { ComponentName(it.packageName, it.name) }
    }

    private fun openers(context: Context, link: String): List<ActivityInfo> {
        val intent = Intent(Intent.ACTION_VIEW, Uri.parse(link)).addCategory(Intent.CATEGORY_BROWSABLE)
        return context.packageManager.queryIntentActivities(intent, PackageManager.MATCH_ALL).map { it.activityInfo }
    }

    private fun isOfSystem(app: ApplicationInfo?): Boolean =
        app != null && app.flags and (ApplicationInfo.FLAG_SYSTEM or ApplicationInfo.FLAG_UPDATED_SYSTEM_APP) != 0
}
