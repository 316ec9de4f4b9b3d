package io.github.lpakit.system.ui

import android.app.Activity
import android.service.euicc.EuiccService
import android.telephony.SubscriptionInfo
import android.telephony.SubscriptionManager
import android.telephony.euicc.EuiccManager
import io.github.lpakit.Iccid
import io.github.lpakit.LpaException
import io.github.lpakit.LpaKit
import io.github.lpakit.Profile
import io.github.lpakit.system.internal.Changes
import io.github.lpakit.system.internal.House
import io.github.lpakit.system.internal.notPermitted

/**
 * Switches, deletes or renames one plan for the phone's settings; the first two after the person said yes. Only the
 * platform can start it.
 */
public class PrivilegedActivity : Screen("lpakitQuestionTheme") {
    private class Found(val slot: Int, val profile: Profile)

    private val isEnabling: Boolean get() = intent.getBooleanExtra(EuiccManager.EXTRA_ENABLE_SUBSCRIPTION, true)
    private val name: String get() = intent.getStringExtra(EuiccManager.EXTRA_SUBSCRIPTION_NICKNAME).orEmpty()

    override fun draw() {
        setResult(Activity.RESULT_CANCELED)
        text(words.text("wait"))
        begin({ find() }, failed = ::tell, then = ::ask)
    }

    private suspend fun House.find(): Found {
        val number = intent.getIntExtra(EuiccManager.EXTRA_SUBSCRIPTION_ID, SubscriptionManager.INVALID_SUBSCRIPTION_ID)
        val wanted = subscriptions().find { it.subscriptionId == number && it.isEmbedded }
        val iccid = Iccid(wanted?.iccId ?: throw LpaKit.error("os.no_such_subscription"))
        for (euicc in cards.euiccs().filter { euicc -> euicc.ports.any { it.isAwake } }) {
            val profile = desk(euicc.slot).with { it.profiles() }.find { it.iccid == iccid } ?: continue
            return Found(euicc.slot, profile)
        }
        throw LpaKit.error("os.no_such_subscription")
    }

    /** All that the platform knows, those that are off among them. */
    private fun subscriptions(): List<SubscriptionInfo> = try {
        getSystemService(SubscriptionManager::class.java)?.availableSubscriptionInfoList.orEmpty()
    } catch (_: SecurityException) {
        throw notPermitted("READ_PRIVILEGED_PHONE_STATE")
    }

    private fun ask(found: Found) {
        val id = found.profile.iccid
        val title = found.profile.displayName
        when (intent.action) {
            EuiccService.ACTION_RENAME_SUBSCRIPTION_PRIVILEGED -> change(found) { rename(id, name) }
            EuiccService.ACTION_DELETE_SUBSCRIPTION_PRIVILEGED ->
                ask(words.text("delete_text", title), words.text("delete")) { change(found) { delete(id) } }
            else -> {
                val question = words.text(if (isEnabling) "on_text" else "off_text", title)
                ask(question, words.text("continue")) { change(found) { toggle(id, isEnabling) } }
            }
        }
    }

    private fun ask(question: String, yes: String, act: () -> Unit) {
        clear()
        text(question)
        buttons(words.text("cancel") to { finish() }, yes to act)
    }

    private fun change(found: Found, work: suspend Changes.() -> Unit) {
        clear()
        text(words.text("wait"))
        begin({ Changes(desk(found.slot)).work() }, failed = ::tell) {
            setResult(Activity.RESULT_OK)
            finish()
        }
    }

    private fun tell(error: LpaException) {
        clear()
        text(what(error))
        buttons(words.text("done") to { finish() })
    }
}
