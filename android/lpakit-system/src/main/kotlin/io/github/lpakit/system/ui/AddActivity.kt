package io.github.lpakit.system.ui

import android.app.Activity
import android.service.euicc.EuiccService
import android.telephony.euicc.EuiccManager
import io.github.lpakit.LpaException
import io.github.lpakit.LpaKit
import io.github.lpakit.Need
import io.github.lpakit.ProfileDescription
import io.github.lpakit.system.internal.CarrierCodes
import io.github.lpakit.system.internal.Downloads
import io.github.lpakit.system.internal.House
import io.github.lpakit.system.internal.Order
import io.github.lpakit.system.internal.Reply

/**
 * Adds a plan: asks for its code, or the operator's app for it, shows what the operator offers, and installs it when the
 * person wants it. Only the platform can start it.
 */
public class AddActivity : Screen("lpakitScreenTheme") {
    private var code = ""
    private var slot = -1

    override fun draw() {
        val isActivation = intent.action == EuiccService.ACTION_START_EUICC_ACTIVATION
        if (isActivation && !intent.getBooleanExtra(EuiccManager.EXTRA_USE_QR_SCANNER, false)) askOperator() else askCode()
    }

    /** The operator's app knows the code; where none does, the person types it. */
    private fun askOperator() {
        showWaiting()
        begin({ chooseSlot().let { CarrierCodes(this).ask(it) } }, failed = { askCode() }) { found ->
            if (found == null) askCode() else look(found)
        }
    }

    private fun showWaiting() {
        clear()
        title(words.text("add"))
        text(words.text("wait"))
    }

    private fun askCode(note: String? = null) {
        clear()
        title(words.text("add"))
        text(note ?: words.text("activation_text"))
        val field = field(words.text("activation_code"), CODE, isSecret = true).apply { setText(code) }
        val go = buttons(
            words.text("cancel") to { finish() },
            words.text("continue") to { look(field.text.toString()) },
        ).last()
        go.isEnabled = code.isNotBlank()
        field.addTextChangedListener(AfterChange { go.isEnabled = field.text.isNotBlank() })
    }

    private fun look(given: String) {
        code = given.trim()
        showWaiting()
        begin(
            { chooseSlot().let { slot -> slot to desk(slot).downloads.metadata(code, port = null, mayGiveWay = true) } },
            failed = { askCode(what(it)) },
        ) { (chosen, profile) ->
            slot = chosen
            offer(profile, house.desks().find { it.slot == chosen }?.shelf?.look()?.offer?.needs.orEmpty())
        }
    }

    /** The slot that the platform names, else the first eUICC. */
    private fun House.chooseSlot(): Int {
        val named = intent.getIntExtra(EuiccManager.EXTRA_PHYSICAL_SLOT_ID, -1)
        val slots = cards.euiccs().map { it.slot }
        return slots.find { it == named } ?: slots.firstOrNull() ?: throw LpaKit.error("os.no_esim")
    }

    private fun offer(profile: ProfileDescription, needs: Set<Need>, note: String? = null) {
        clear()
        title(profile.profileName)
        text(profile.serviceProviderName)
        note?.let { text(it) }
        profile.rules.inWords(locales).forEach { text(it) }
        val rules = if (needs.any { it in Downloads.RULES }) checkBox(words.text("rules_agree"), RULES) else null
        val confirmation =
            if (Need.CONFIRMATION_CODE in needs) field(words.text("code_title"), CONFIRMATION, isSecret = true) else null
        val go = buttons(words.text("cancel") to { finish() }, words.text("install") to {
            install(profile, needs, confirmation?.text?.toString(), rules?.isChecked == true)
        }).last()
        allowOnceAnswered(go, rules, confirmation)
    }

    private fun install(profile: ProfileDescription, needs: Set<Need>, confirmation: String?, areRulesAllowed: Boolean) {
        showWaiting()
        val order = Order(code, confirmation, areRulesAllowed, isSwitchedOn = true, mayGiveWay = true)
        begin({ download(order) }, failed = { ended(what(it), isDone = false) }) { reply ->
            when (reply) {
                is Reply.Installed -> ended(words.word("plan.installed"), isDone = true)
                is Reply.Unanswered ->
                    offer(profile, needs + reply.questions, words.word("input.confirmation_code_refused"))
            }
        }
    }

    private suspend fun House.download(order: Order): Reply = try {
        desk(slot).downloads.download(order)
    } finally {
        tellOfChange(slot)
    }

    private fun ended(note: String, isDone: Boolean) {
        setResult(if (isDone) Activity.RESULT_OK else Activity.RESULT_CANCELED)
        clear()
        title(words.text("add"))
        text(note)
        buttons(words.text("done") to { finish() })
    }

    private companion object {
        const val CODE = 1
        const val RULES = 2
        const val CONFIRMATION = 3
    }
}
