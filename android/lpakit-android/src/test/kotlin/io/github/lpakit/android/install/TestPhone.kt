package io.github.lpakit.android.install

import android.app.Application
import android.content.Intent
import android.content.pm.Signature
import android.content.pm.SigningInfo
import android.os.Build
import android.os.Looper
import android.telephony.SubscriptionManager
import android.telephony.UiccAccessRule
import io.github.lpakit.LpaException
import io.github.lpakit.android.install.internal.Errands
import io.github.lpakit.android.install.internal.QuestionActivity
import io.github.lpakit.robolectric.euicc.FakeEuiccController
import io.github.lpakit.robolectric.euicc.SystemQuestion
import java.security.MessageDigest
import java.time.Duration
import java.util.concurrent.CompletableFuture
import java.util.concurrent.TimeUnit
import java.util.concurrent.TimeoutException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.cancel
import kotlinx.coroutines.future.asCompletableFuture
import kotlinx.coroutines.async
import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.robolectric.Robolectric
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.android.controller.ActivityController
import org.robolectric.shadow.api.Shadow
import org.robolectric.shadows.ShadowPausedLooper
import org.robolectric.shadows.ShadowSigningInfo
import org.robolectric.shadows.ShadowSubscriptionManager.SubscriptionInfoBuilder

/** A phone with its system, an LPA that is told what to answer, and a person who does. */
class TestPhone : AutoCloseable {
    val app: Application = RuntimeEnvironment.getApplication()
    val signature = Signature("lpakit's test certificate".toByteArray())
    val lpa = ScriptedLpa(rules = listOf(ruleFor(signature)))
    val system = FakeEuiccController(app, lpa)
    val questions = ArrayList<String>()

    /** What the person does with a question; by default agrees. */
    var person: (SystemQuestion) -> Unit = { it.agree() }

    /** Whether the app is on the screen, so that Android lets it start activities. */
    var isOnScreen = true

    /** The activities that asked. */
    internal val screens = ArrayList<ActivityController<QuestionActivity>>()

    private val looper = shadowOf(Looper.getMainLooper()) as ShadowPausedLooper
    private val scope = CoroutineScope(SupervisorJob() + Dispatchers.Default)

    init {
        Errands.forgetAll()
        val info = shadowOf(app.packageManager).getInternalMutablePackageInfo(app.packageName)
        @Suppress("DEPRECATION")
        info.signatures = arrayOf(signature)
        info.signingInfo = Shadow.newInstanceOf(SigningInfo::class.java).also {
            Shadow.extract<ShadowSigningInfo>(it).setSignatures(arrayOf(signature))
        }
        sees()
        system.onDownloaded = { sees(NEW_SUBSCRIPTION) }
    }

    fun installer(answerLimit: Duration = LONG, screenLimit: Duration = LONG) =
        EsimInstaller(app, EsimInstallerOptions(answerLimit, screenLimit))

    /** Which profiles the app may see. */
    fun sees(vararg subscriptions: Int) {
        val infos = subscriptions.map {
            SubscriptionInfoBuilder.newBuilder().setId(it).setCarrierName("Sandbox Mobile").buildSubscriptionInfo()
        }
        val manager = app.getSystemService(SubscriptionManager::class.java)
        shadowOf(manager).setAccessibleSubscriptionInfoList(infos)
    }

    fun <T> begin(work: suspend () -> T): Running<T> {
        val job = scope.async { work() }
        return Running(job.asCompletableFuture(), job)
    }

    fun <T> run(work: suspend () -> T): T = begin(work).result()

    fun failure(work: suspend () -> Any?): LpaException = begin(work).failure()

    fun assertFails(key: String, work: suspend () -> Any?) {
        assertEquals(key, failure(work).key)
    }

    /** Lets the phone live, its main looper and its person, until [done]. */
    fun live(done: () -> Boolean) {
        val end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20)
        while (!done()) {
            check(System.nanoTime() < end) { "nothing happens any more" }
            step()
            // Until there is something to do, or the other threads may have done something.
            looper.poll(5)
        }
        step()
    }

    /** The app's process ends, and begins anew. What was asked of the system goes on. */
    fun kill(running: Running<*>) {
        Errands.forgetAll()
        running.job.cancel()
    }

    override fun close() {
        scope.cancel()
        system.close()
        looper.idle()
    }

    private fun step() {
        looper.idle()
        while (true) {
            val intent = shadowOf(app).nextStartedActivity ?: return
            if (intent.component?.className == QuestionActivity::class.java.name && isOnScreen) show(intent)
        }
    }

    /** Starts the activity that asks, as Android does when the app is on the screen. */
    fun show(intent: Intent) {
        val screen = Robolectric.buildActivity(QuestionActivity::class.java, intent).setup()
        screens += screen
        val question = SystemQuestion.of(screen.get()) ?: return
        questions += question.action.substringAfterLast('.')
        person(question)
    }

    inner class Running<T>(private val future: CompletableFuture<T>, val job: Job) {
        fun failure(): LpaException = assertThrows(LpaException::class.java) { result() }

        fun result(): T {
            live { future.isDone }
            try {
                return future.get(1, TimeUnit.SECONDS)
            } catch (wrapped: java.util.concurrent.ExecutionException) {
                throw wrapped.cause ?: wrapped
            } catch (late: TimeoutException) {
                throw AssertionError("not done", late)
            }
        }
    }

    companion object {
        const val NEW_SUBSCRIPTION = 7
        val LONG: Duration = Duration.ofMinutes(1)
        val SHORT: Duration = Duration.ofMillis(50)
        val hasPorts = Build.VERSION.SDK_INT >= 33

        fun ruleFor(signature: Signature): UiccAccessRule {
            val hash = MessageDigest.getInstance("SHA-256").digest(signature.toByteArray())
            return UiccAccessRule(hash, null, 0)
        }
    }
}
