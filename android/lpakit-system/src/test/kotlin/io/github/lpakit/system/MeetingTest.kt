package io.github.lpakit.system

import android.app.Activity
import android.content.BroadcastReceiver
import android.content.Context
import android.content.Intent
import android.content.IntentFilter
import android.content.pm.Signature
import android.content.pm.SigningInfo
import android.os.Build
import android.service.euicc.EuiccProfileInfo
import android.service.euicc.EuiccService
import android.widget.CheckBox
import android.widget.EditText
import io.github.lpakit.ActivationCode
import io.github.lpakit.LpaException
import io.github.lpakit.android.install.CodeSource
import io.github.lpakit.android.install.EsimInstaller
import io.github.lpakit.android.install.EsimOutcome
import io.github.lpakit.android.install.InstallRequest
import io.github.lpakit.robolectric.euicc.FakeEuiccController
import io.github.lpakit.robolectric.euicc.LpaService
import io.github.lpakit.robolectric.euicc.Metadata
import io.github.lpakit.robolectric.euicc.Order
import io.github.lpakit.robolectric.euicc.SystemQuestion
import io.github.lpakit.system.ui.QuestionActivity
import io.github.lpakit.system.ui.Words
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.future.future
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.shadow.api.Shadow
import org.robolectric.shadows.ShadowSigningInfo
import java.security.MessageDigest
import java.util.concurrent.CompletableFuture
import java.util.concurrent.ExecutionException
import io.github.lpakit.robolectric.euicc.Downloaded as PlatformsDownloaded

/** This LPA as the platform's [FakeEuiccController] finds it: over the service's binder. */
@Suppress("DEPRECATION")
private class BoundLpa(private val scene: ServiceScene) : LpaService {
    override fun metadata(
        slot: Int,
        port: Int,
        subscription: android.telephony.euicc.DownloadableSubscription,
        mayDeactivateSim: Boolean,
    ): Metadata = scene.metadata(
        subscription.getEncodedActivationCode(),
        mayDeactivateSim,
        confirmationCode = subscription.confirmationCode,
    ).let { Metadata(it.getResult(), it.downloadableSubscription) }

    override fun download(order: Order): PlatformsDownloaded = scene.download(
        order.subscription.getEncodedActivationCode(),
        order.subscription.confirmationCode,
        order.switchAfterwards,
        order.mayDeactivateSim,
        order.answers,
        port = order.port,
    ).let { PlatformsDownloaded(it.result, it.questions) }

    override fun switchTo(slot: Int, port: Int?, iccid: String?, mayDeactivateSim: Boolean): Int =
        scene.switchTo(iccid, port, mayDeactivateSim)

    override fun delete(slot: Int, iccid: String): Int =
        scene.platform.ask("deleteSubscription", ServiceScene.SLOT, iccid) as Int

    override fun rename(slot: Int, iccid: String, name: String): Int =
        scene.platform.ask("updateSubscriptionNickname", ServiceScene.SLOT, iccid, name) as Int
}

/** Both halves of a phone: an app that asks for a plan, the platform between, this LPA with its screens, and a person. */
@RunWith(RobolectricTestRunner::class)
@Config(application = PhoneApplication::class)
class MeetingTest {
    private inner class Meeting(awake: Boolean) : AutoCloseable {
        val scene = ServiceScene(awake)
        val stage = scene.stage
        val signature = Signature("a carrier's certificate".toByteArray())
        val hash = MessageDigest.getInstance("SHA-256").digest(signature.toByteArray()).joinToString("") { "%02X".format(it) }
        val platform = FakeEuiccController(scene.application, BoundLpa(scene))
        val questions = mutableListOf<String>()
        val codes = ArrayDeque<String>()
        private val scope = CoroutineScope(Dispatchers.Default + SupervisorJob())

        init {
            val info = shadowOf(scene.application.packageManager).getInternalMutablePackageInfo(scene.application.packageName)
            @Suppress("DEPRECATION")
            info.signatures = arrayOf(signature)
            info.signingInfo = Shadow.newInstanceOf(SigningInfo::class.java).also {
                Shadow.extract<ShadowSigningInfo>(it).setSignatures(arrayOf(signature))
            }
            // The app's manifest declares it; the tests have the LPA's.
            val receiver = Class.forName("$APP.ResultReceiver").getDeclaredConstructor().newInstance() as BroadcastReceiver
            scene.application.registerReceiver(receiver, IntentFilter(), Context.RECEIVER_NOT_EXPORTED)
        }

        fun install(code: String, switch: Boolean = true): CompletableFuture<EsimOutcome> {
            val plan = ActivationCode.parse(code)
            val request = InstallRequest(plan, CodeSource.SCANNED, switchesAfterwards = switch)
            val done = scope.future { EsimInstaller(scene.application).install(request) }
            live {
                generateSequence { shadowOf(scene.application).nextStartedActivity }.forEach(::show)
                done.isDone
            }
            return done
        }

        /** The app's activity asks the platform, which shows the LPA's, which the person answers. */
        private fun show(intent: Intent) {
            if (intent.component?.className != "$APP.QuestionActivity") return
            @Suppress("UNCHECKED_CAST")
            val type = Class.forName("$APP.QuestionActivity") as Class<Activity>
            val question = checkNotNull(SystemQuestion.of(Robolectric.buildActivity(type, intent).setup().get()))
            questions += question.action.substringAfterLast('.')
            val screen = Robolectric.buildActivity(QuestionActivity::class.java, question.intent).setup().get()
            screen.views.filterIsInstance<EditText>().forEach { it.setText(codes.removeFirst()) }
            screen.views.filterIsInstance<CheckBox>().forEach { it.performClick() }
            screen.click(Words(screen).text("continue"))
            question.close()
        }

        override fun close() {
            platform.close()
            scene.close()
        }
    }

    private fun meeting(awake: Boolean = true, block: Meeting.() -> Unit) = Meeting(awake).use { it.block() }

    private fun failure(done: CompletableFuture<*>): LpaException = try {
        done.get()
        throw AssertionError("it did not fail")
    } catch (error: ExecutionException) {
        error.cause as LpaException
    }

    private fun Meeting.assertInstalledAndTold(name: String) {
        val profile = scene.profiles().single()
        assertEquals(name, profile.profileName)
        assertEquals(EuiccProfileInfo.PROFILE_STATE_ENABLED, profile.state)
        // Installed and switched on: the operator has both.
        stage.act("wait handleNotification 2")
        assertTrue(stage.act("state server"), "orders=[$name:installed]" in stage.act("state server"))
    }

    @Test
    fun aPlanThatListsTheAppIsInstalledAndTheOperatorTold() = meeting {
        install(stage.act("order app=$hash name=Weekend")).get()
        assertInstalledAndTold("Weekend")
        assertEquals(listOf("RESOLVE_NO_PRIVILEGES"), questions)
    }

    @Test
    fun aPlanThatDoesNotListTheAppIsNot() = meeting {
        assertEquals("os.no_privilege", failure(install(stage.act("order name=Weekend"))).key)
        assertEquals("os.no_privilege", failure(install(stage.act("order app=$hash:com.other name=Other"))).key)
        assertEquals(emptyList<Any>(), scene.profiles())
    }

    @Test
    fun theConfirmationCodeIsAskedForOnTheLpasScreen() = meeting {
        platform.callerManagesCard = true
        codes += listOf("1234", "4711")
        install(stage.act("order app=$hash code=4711 name=Weekend")).get()
        assertInstalledAndTold("Weekend")
        val question = if (Build.VERSION.SDK_INT < Build.VERSION_CODES.Q) "RESOLVE_CONFIRMATION_CODE" else "RESOLVE_RESOLVABLE_ERRORS"
        assertEquals(listOf(question, question), questions)
    }

    @Test
    @Config(minSdk = 29)
    fun rulesThatWereAgreedToAreNotAskedForTwice() = meeting {
        codes += listOf("4711")
        install(stage.act("order app=$hash code=4711 ppr=1,2 name=Weekend")).get()
        assertInstalledAndTold("Weekend")
        // The platform asks for consent once more, and forgets on its way what was agreed to.
        assertEquals(listOf("RESOLVE_NO_PRIVILEGES", "RESOLVE_RESOLVABLE_ERRORS", "RESOLVE_NO_PRIVILEGES"), questions)
    }

    @Test
    @Config(minSdk = 29)
    fun anotherSimIsSwitchedOffForIt() = meeting(awake = false) {
        platform.callerManagesCard = true
        install(stage.act("order app=$hash name=Weekend")).get()
        assertInstalledAndTold("Weekend")
        assertEquals(listOf("RESOLVE_DEACTIVATE_SIM"), questions)
        assertEquals(listOf("0=1.0"), scene.phone.wirings)
    }

    @Test
    fun whatTheServerSaysReachesTheAppAsItWas() = meeting {
        platform.callerIsSystem = true
        val refused = failure(install(stage.act("order expired name=Old")))
        assertEquals("server.refused.8.8.5/4.10", refused.key)
        stage.act("server stop")
        assertEquals("network", failure(install(stage.act("order name=Offline"))).key.substringBefore('.'))
    }

    private companion object {
        const val APP = "io.github.lpakit.android.install.internal"
    }
}
