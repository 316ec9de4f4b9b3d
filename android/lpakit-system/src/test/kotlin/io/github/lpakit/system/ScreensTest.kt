package io.github.lpakit.system

import android.app.Activity
import android.content.Intent
import android.service.euicc.EuiccProfileInfo
import android.service.euicc.EuiccService
import android.telephony.SubscriptionManager
import android.telephony.euicc.EuiccManager
import android.widget.CheckBox
import android.widget.EditText
import android.widget.Switch
import io.github.lpakit.LpaKit
import io.github.lpakit.system.ui.AddActivity
import io.github.lpakit.system.ui.ManageActivity
import io.github.lpakit.system.ui.PrivilegedActivity
import io.github.lpakit.system.ui.QuestionActivity
import io.github.lpakit.system.ui.Words
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.shadows.ShadowAlertDialog
import org.robolectric.shadows.ShadowSubscriptionManager.SubscriptionInfoBuilder

@RunWith(RobolectricTestRunner::class)
@Config(application = PhoneApplication::class, qualifiers = "w411dp-h800dp-xhdpi")
class ScreensTest {
    private fun question(action: String, fill: Intent.() -> Unit = {}): QuestionActivity {
        val intent = Intent(action).putExtra(EuiccService.EXTRA_RESOLUTION_CALLING_PACKAGE, "com.example.shop").apply(fill)
        return Robolectric.buildActivity(QuestionActivity::class.java, intent).setup().get()
    }

    private fun Activity.word(name: String, vararg values: Any) = Words(this).text(name, *values)

    @Test
    fun consentNamesWhoAsks() = scene {
        for (name in listOf("use" to EuiccService.ACTION_RESOLVE_DEACTIVATE_SIM, "allow" to EuiccService.ACTION_RESOLVE_NO_PRIVILEGES)) {
            val screen = question(name.second)
            assertEquals(screen.word("${name.first}_text", "com.example.shop"), screen.texts[1])
            assertTrue(screen.picture(name.first).colours() > 10)
            screen.click(screen.word("continue"))
            assertTrue(screen.isFinishing)
            assertEquals(Activity.RESULT_OK, shadowOf(screen).resultCode)
        }
    }

    @Test
    fun goingBackIsNo() = scene {
        val screen = question(EuiccService.ACTION_RESOLVE_NO_PRIVILEGES)
        screen.finish()
        assertEquals(Activity.RESULT_CANCELED, shadowOf(screen).resultCode)
    }

    @Test
    fun aNameThatWritesBackwardsDoesNotRewriteTheQuestion() = scene {
        val hostile = "\u202Eevil\u2066\u0007" + "x".repeat(500)
        val screen = question(EuiccService.ACTION_RESOLVE_NO_PRIVILEGES) {
            putExtra(EuiccService.EXTRA_RESOLUTION_CALLING_PACKAGE, hostile)
        }
        val name = Words(screen).appName(hostile)
        assertEquals("evil" + "x".repeat(56), name)
        assertTrue(screen.texts.any { name in it } || screen.word("allow_text", name) == "allow_text")
        assertTrue(screen.texts.none { text -> text.any { it in '\u202A'..'\u202E' } })
    }

    @Test
    fun codeAndRulesMustBeAnsweredBothBeforeGoingOn() = scene {
        assertEquals(EuiccService.RESULT_OK, metadata(stage.act("order code=4711 ppr=1,2 name=Weekend")).getResult())
        val screen = question(EuiccService.ACTION_RESOLVE_RESOLVABLE_ERRORS) {
            putExtra(EuiccService.EXTRA_RESOLVABLE_ERRORS, 3)
        }
        assertTrue(screen.texts.toString(), screen.texts.any { "Weekend" in it })
        assertTrue(screen.texts.contains(LpaKit.text("rule.ppr1")))
        val go = screen.button(screen.word("continue"))
        assertFalse(go.isEnabled)
        screen.field.setText("4711")
        assertFalse(go.isEnabled)
        screen.views.filterIsInstance<CheckBox>().single().performClick()
        assertTrue(go.isEnabled)
        assertTrue(screen.picture("answers").colours() > 10)
    }

    @Test
    fun plansAreListedSwitchedNamedAndDeleted() = scene {
        installed(order = "order name=First")
        installed(order = "order name=Second")
        val screen = Robolectric.buildActivity(ManageActivity::class.java).setup().get()
        fun switches() = screen.views.filterIsInstance<Switch>()
        live { switches().size == 2 }
        assertTrue(screen.picture("plans").colours() > 10)
        switches().single { "First" in it.text }.performClick()
        live { switches().any { it.isChecked } }
        assertEquals("First", profiles().single { it.state == EuiccProfileInfo.PROFILE_STATE_ENABLED }.profileName)

        screen.views.filter { (it as? android.widget.Button)?.text == screen.word("rename") }.first().performClick()
        var dialog = ShadowAlertDialog.getLatestDialog() as android.app.AlertDialog
        dialog.window!!.decorView.all().filterIsInstance<EditText>().single().setText("Work")
        dialog.getButton(android.app.AlertDialog.BUTTON_POSITIVE).performClick()
        live { switches().any { "Work" in it.text } }

        screen.views.filter { (it as? android.widget.Button)?.text == screen.word("delete") }.first().performClick()
        dialog = ShadowAlertDialog.getLatestDialog() as android.app.AlertDialog
        dialog.getButton(android.app.AlertDialog.BUTTON_POSITIVE).performClick()
        live { switches().size == 1 }
        assertEquals(1, profiles().size)
    }

    @Test
    fun aCardThatIsGoneIsSaid() = scene {
        euicc.card = null
        phone.tellSlots()
        val screen = Robolectric.buildActivity(ManageActivity::class.java).setup().get()
        live { LpaKit.error("os.no_esim").message in screen.texts }
    }

    @Test
    fun aPlanIsAddedAfterThePersonHasSeenIt() = scene {
        val code = stage.act("order code=4711 ppr=1 name=Weekend")
        val screen = Robolectric.buildActivity(AddActivity::class.java, Intent(EuiccService.ACTION_PROVISION_EMBEDDED_SUBSCRIPTION))
            .setup().get()
        assertTrue(screen.picture("add").colours() > 10)
        screen.field.setText("no code")
        screen.click(screen.word("continue"))
        live { LpaKit.error("activation_code.not_an_activation_code").message in screen.texts }
        screen.field.setText(code)
        screen.click(screen.word("continue"))
        live { "Weekend" in screen.texts }
        assertEquals(emptyList<Any>(), profiles())
        assertTrue(screen.picture("offer").colours() > 10)
        screen.views.filterIsInstance<CheckBox>().single().performClick()
        screen.field.setText("1234")
        screen.click(screen.word("install"))
        live { LpaKit.text("input.confirmation_code_refused") in screen.texts }
        screen.views.filterIsInstance<CheckBox>().single().performClick()
        screen.field.setText("4711")
        screen.click(screen.word("install"))
        live { LpaKit.text("plan.installed") in screen.texts }
        assertEquals(Activity.RESULT_OK, shadowOf(screen).resultCode)
        assertEquals(EuiccProfileInfo.PROFILE_STATE_ENABLED, profiles().single().state)
    }

    @Test
    fun withoutAnOperatorsAppAnActivationAsksForTheCode() = scene {
        val screen = Robolectric.buildActivity(AddActivity::class.java, Intent(EuiccService.ACTION_START_EUICC_ACTIVATION)).setup().get()
        live { screen.views.any { it is EditText } }
    }

    @Test
    fun settingsSwitchDeleteAndRename() = scene {
        val iccid = installed(order = "order name=Weekend")
        val plan = SubscriptionInfoBuilder.newBuilder().setId(5).setIccId(iccid).setIsEmbedded(true).buildSubscriptionInfo()
        shadowOf(application.getSystemService(SubscriptionManager::class.java)).setAvailableSubscriptionInfos(plan)
        fun screen(action: String, number: Int = 5, fill: Intent.() -> Unit = {}): PrivilegedActivity {
            val intent = Intent(action).putExtra(EuiccManager.EXTRA_SUBSCRIPTION_ID, number).apply(fill)
            return Robolectric.buildActivity(PrivilegedActivity::class.java, intent).setup().get()
        }

        fun agreed(screen: PrivilegedActivity, question: String, yes: String) {
            live { screen.word(question, "Weekend") in screen.texts }
            screen.picture(question)
            assertEquals("not before the yes", Activity.RESULT_CANCELED, shadowOf(screen).resultCode)
            screen.click(screen.word(yes))
            live { screen.isFinishing }
            assertEquals(Activity.RESULT_OK, shadowOf(screen).resultCode)
        }
        val toggle = EuiccService.ACTION_TOGGLE_SUBSCRIPTION_PRIVILEGED
        agreed(screen(toggle) { putExtra(EuiccManager.EXTRA_ENABLE_SUBSCRIPTION, true) }, "on_text", "continue")
        assertEquals(EuiccProfileInfo.PROFILE_STATE_ENABLED, profiles().single().state)
        agreed(screen(toggle) { putExtra(EuiccManager.EXTRA_ENABLE_SUBSCRIPTION, false) }, "off_text", "continue")
        assertEquals(EuiccProfileInfo.PROFILE_STATE_DISABLED, profiles().single().state)
        val rename = screen(EuiccService.ACTION_RENAME_SUBSCRIPTION_PRIVILEGED) {
            putExtra(EuiccManager.EXTRA_SUBSCRIPTION_NICKNAME, "Work")
        }
        live { rename.isFinishing }
        assertEquals("Work", profiles().single().nickname)
        rename(iccid)
        agreed(screen(EuiccService.ACTION_DELETE_SUBSCRIPTION_PRIVILEGED), "delete_text", "delete")
        assertEquals(emptyList<Any>(), profiles())
        val gone = screen(toggle)
        live { LpaKit.error("os.no_such_subscription").message in gone.texts }
        val unknown = screen(toggle, number = -1)
        live { LpaKit.error("os.no_such_subscription").message in unknown.texts }
    }

    private fun ServiceScene.rename(iccid: String) {
        assertEquals(EuiccService.RESULT_OK, platform.ask("updateSubscriptionNickname", ServiceScene.SLOT, iccid, "Weekend"))
    }
}
