package io.github.lpakit.system.ui

import android.app.Activity
import android.os.Build
import android.os.Bundle
import android.service.euicc.EuiccService
import android.telephony.TelephonyManager
import android.telephony.euicc.EuiccManager
import io.github.lpakit.system.internal.Held
import kotlinx.coroutines.launch

/**
 * Asks a person what the platform cannot go on without: whether another SIM may give way, whether an app may change the
 * eSIM, the confirmation code, and whether the rules of a plan are agreed to. Only the platform can start it.
 */
public class QuestionActivity : Screen("lpakitQuestionTheme") {
    private var isAnswered = false
    private val errors: Int get() = intent.getIntExtra(EuiccService.EXTRA_RESOLVABLE_ERRORS, 0)

    @Suppress("DEPRECATION")
    private val wantsCode: Boolean
        get() = intent.action == EuiccService.ACTION_RESOLVE_CONFIRMATION_CODE ||
            errors and EuiccService.RESOLVABLE_ERROR_CONFIRMATION_CODE != 0
    private val wantsRules: Boolean get() = errors and EuiccService.RESOLVABLE_ERROR_POLICY_RULES != 0

    override fun draw() {
        val app = words.appName(intent.getStringExtra(EuiccService.EXTRA_RESOLUTION_CALLING_PACKAGE))
        when (intent.action) {
            EuiccService.ACTION_RESOLVE_DEACTIVATE_SIM -> askConsent("use", app)
            EuiccService.ACTION_RESOLVE_NO_PRIVILEGES -> askConsent("allow", app)
            else -> askAnswers()
        }
    }

    private fun askConsent(question: String, app: String) {
        title(words.text("${question}_title"))
        text(words.text("${question}_text", app))
        buttons(
            words.text("cancel") to { finish() },
            words.text("continue") to { answer(consent()) },
        )
    }

    private fun consent() = Bundle().apply { putBoolean(EuiccService.EXTRA_RESOLUTION_CONSENT, true) }

    private fun askAnswers() {
        val held = held()
        held?.offer?.profile?.let { title("${it.serviceProviderName} · ${it.profileName}") }
        val rules = if (wantsRules) askRules(held) else null
        val code = if (wantsCode) askCode(held) else null
        val go = buttons(words.text("cancel") to { finish() }, words.text("continue") to {
            answer(answers(code?.text?.toString(), rules?.isChecked == true))
        }).last()
        // Without what was asked the platform would give up.
        allowOnceAnswered(go, rules, code)
    }

    private fun askRules(held: Held?): android.widget.CheckBox {
        title(words.text("rules_title"))
        val rules = held?.offer?.profile?.rules?.inWords(locales).orEmpty()
        rules.ifEmpty { listOf(words.text("rules_text")) }.forEach { text(it) }
        return checkBox(words.text("rules_agree"), RULES)
    }

    private fun askCode(held: Held?): android.widget.EditText {
        title(words.text("code_title"))
        val isRetry = intent.getBooleanExtra(EuiccService.EXTRA_RESOLUTION_CONFIRMATION_CODE_RETRIED, false)
        val wasRefused = isRetry || held?.wasRefused == true
        text(if (wasRefused) words.word("input.confirmation_code_refused") else words.text("code_text"))
        return field(words.text("code_title"), CODE, isSecret = true)
    }

    private fun answers(code: String?, areRulesAllowed: Boolean) = consent().apply {
        if (wantsCode) putString(EuiccService.EXTRA_RESOLUTION_CONFIRMATION_CODE, code.orEmpty().trim())
        if (wantsRules) putBoolean(EuiccService.EXTRA_RESOLUTION_ALLOW_POLICY_RULES, areRulesAllowed)
        // The platform forgets this one on its way to the LPA when the app has no privileges.
        if (areRulesAllowed) held()?.areRulesAllowed = true
    }

    /** The offer that is in question. */
    private fun held(): Held? = house.desks().firstNotNullOfOrNull { it.shelf.look() }

    override fun finish() {
        if (!isAnswered) answer(Bundle())
        super.finish()
    }

    /** Tells the platform, which goes on or gives up. An empty answer is a no. */
    private fun answer(extras: Bundle) {
        if (isAnswered) return
        isAnswered = true
        val isYes = !extras.isEmpty
        if (intent.hasExtra(EuiccService.EXTRA_RESOLUTION_PORT_INDEX)) {
            val port = intent.getIntExtra(EuiccService.EXTRA_RESOLUTION_PORT_INDEX, TelephonyManager.DEFAULT_PORT_INDEX)
            extras.putInt(EuiccService.EXTRA_RESOLUTION_PORT_INDEX, port)
        }
        setResult(if (isYes) Activity.RESULT_OK else Activity.RESULT_CANCELED)
        val manager = manager()
        val question = intent
        house.scope.launch { manager?.continueOperation(question, extras) }
        if (!isFinishing) finish()
    }

    private fun manager(): EuiccManager? {
        val manager = getSystemService(EuiccManager::class.java)
        val unknown = TelephonyManager.UNSUPPORTED_CARD_ID
        val card = intent.getIntExtra(EuiccService.EXTRA_RESOLUTION_CARD_ID, unknown)
        val isKnown = Build.VERSION.SDK_INT >= Build.VERSION_CODES.Q && card != unknown
        return if (isKnown) manager?.createForCardId(card) else manager
    }

    private companion object {
        const val CODE = 1
        const val RULES = 2
    }
}
