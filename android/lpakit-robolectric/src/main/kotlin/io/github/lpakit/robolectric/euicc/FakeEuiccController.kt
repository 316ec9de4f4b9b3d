package io.github.lpakit.robolectric.euicc

import android.app.PendingIntent
import android.content.Context
import android.content.Intent
import android.content.pm.PackageInfo
import android.content.pm.PackageManager
import android.os.Build
import android.os.Bundle
import android.service.euicc.EuiccService
import android.telephony.euicc.DownloadableSubscription
import android.telephony.euicc.EuiccManager
import com.android.internal.telephony.euicc.IEuiccController
import java.lang.reflect.Method
import java.util.Collections
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.CountDownLatch
import java.util.concurrent.Executors
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicInteger
import org.robolectric.Shadows.shadowOf
import org.robolectric.shadows.ShadowEuiccManager
import org.robolectric.shadow.api.Shadow

/**
 * The part of the phone's system that stands between apps and the LPA: it asks for consent when the calling app may not
 * manage what is on the eUICC, looks whether a plan lists the app (BF76), and turns what the LPA cannot do alone into
 * questions to a person. It behaves as Android's does from 9 to 15, questions that are asked twice included.
 *
 * A test of an LPA hands it the LPA as [LpaService], with the [slot] of its eUICC, and answers the questions that it asks
 * an activity with ([SystemQuestion]): by what the LPA's own screens do with [SystemQuestion.intent], or by itself.
 *
 * `EuiccManager` of the test's application speaks with it until it is closed.
 */
public class FakeEuiccController(
    private val context: Context,
    private val lpa: LpaService,
    private val slot: Int = 0,
) : AutoCloseable {
    /** Whether the app holds `WRITE_EMBEDDED_SUBSCRIPTIONS`: no consent, no access rules. */
    public var callerIsSystem: Boolean = false

    /** Whether the app manages what is on the eUICC now, so that nobody is asked for consent. */
    public var callerManagesCard: Boolean = false

    /** What the calls of `EuiccManager` throw, if not null. */
    public var refusal: RuntimeException? = null

    /** Whether results are swallowed: the system never calls back. */
    public var isSilent: Boolean = false

    /** How often each result is sent. */
    public var echoes: Int = 1

    /** Profiles that can be switched to, deleted and named: ICCIDs by subscription id. */
    public val subscriptions: MutableMap<Int, String> = ConcurrentHashMap()

    /** How many ports the eUICC has. */
    public var ports: Int = 1

    /** Called with each plan that was downloaded, before the app learns of it. */
    public var onDownloaded: (DownloadableSubscription) -> Unit = {}

    /** The intents that apps gave to be called back by, oldest first. */
    public val callbacks: MutableList<PendingIntent> = Collections.synchronizedList(ArrayList())

    /** The names of the calls that came from apps, oldest first, with the thread each came from. */
    public val calls: MutableList<Pair<String, Thread>> = Collections.synchronizedList(ArrayList())

    private val questions = ConcurrentHashMap<Int, (Bundle, PendingIntent) -> Unit>()
    private val numbers = AtomicInteger()
    private val thread = Executors.newSingleThreadExecutor { Thread(it, "euicc-controller").apply { isDaemon = true } }

    init {
        FakeServices.put(SERVICE, IEuiccController::class.java, ::answer)
        setEnabled(true)
    }

    /** Whether the phone's eSIM is switched on. */
    public fun setEnabled(enabled: Boolean) {
        val manager = context.getSystemService(Context.EUICC_SERVICE)
        Shadow.extract<ShadowEuiccManager>(manager).setIsEnabled(enabled)
        shadowOf(context.packageManager).setSystemFeature(PackageManager.FEATURE_TELEPHONY_EUICC, true)
    }

    /** Waits until everything that was asked so far is done. */
    public fun settle() {
        val done = CountDownLatch(1)
        thread.execute(done::countDown)
        check(done.await(1, TimeUnit.MINUTES)) { "the LPA does not come back" }
    }

    override fun close() {
        FakeServices.remove(SERVICE)
        thread.shutdown()
    }

    private fun answer(method: Method, arguments: List<Any?>): Any? {
        calls += method.name to Thread.currentThread()
        refusal?.let { throw it }
        val numbers = arguments.filterIsInstance<Int>()
        val callback = arguments.filterIsInstance<PendingIntent>().firstOrNull()?.also { callbacks += it }
        when (method.name) {
            "downloadSubscription" -> Download(
                subscription = copied(arguments.firstOf<DownloadableSubscription>()),
                switchAfterwards = arguments.firstOf<Boolean>(),
            ).ask(callback!!)
            "switchToSubscription" -> switchTo(numbers.last(), null, callback!!)
            "switchToSubscriptionWithPort" -> switchTo(numbers[1], numbers[2], callback!!)
            "deleteSubscription" -> manage(numbers.last(), callback!!) { lpa.delete(slot, it) }
            "updateSubscriptionNickname" -> {
                val name = arguments.firstOf<String>()
                manage(numbers.last(), callback!!) { lpa.rename(slot, it, name) }
            }
            "continueOperation" -> goOn(arguments.firstOf<Intent>(), arguments.firstOf<Bundle>())
            "isCompatChangeEnabled" -> return true
            "hasCarrierPrivilegesForPackageOnAnyPhone" -> return callerManagesCard
            "isSimPortAvailable" -> return numbers.last() in 0 until ports
            else -> throw UnsupportedOperationException(method.name)
        }
        return null
    }

    /** A download, from the app's wish on. */
    private inner class Download(
        val subscription: DownloadableSubscription,
        val switchAfterwards: Boolean,
        val mayDeactivateSim: Boolean = false,
        val answers: Bundle = Bundle(),
    ) {
        /** As it comes from an app, and again after each question but the one for consent. */
        fun ask(callback: PendingIntent) = later {
            when {
                callerIsSystem -> fetch(callback)
                callerManagesCard -> look(callback, consented = false)
                else -> send(callback, question(EuiccService.ACTION_RESOLVE_NO_PRIVILEGES) { told, next ->
                    when (told.getBoolean(EuiccService.EXTRA_RESOLUTION_CONSENT)) {
                        // The platform forgets what else was answered, and asks for it once more.
                        true -> with(mayDeactivateSim = true, Bundle()).look(next, consented = true)
                        false -> send(next, error())
                    }
                })
            }
        }

        private fun look(callback: PendingIntent, consented: Boolean): Unit = later {
            val found = lpa.metadata(slot, 0, copied(subscription), mayDeactivateSim)
            when {
                found.result == EuiccService.RESULT_MUST_DEACTIVATE_SIM && !consented ->
                    send(callback, deactivateSim { it.look(callback = this, consented = true) })
                found.result != EuiccService.RESULT_OK -> send(callback, error(found.result))
                !lists(found.subscription) -> send(callback, error())
                else -> Download(copied(found.subscription!!), switchAfterwards, mayDeactivateSim).fetch(callback)
            }
        }

        private fun fetch(callback: PendingIntent) {
            val told = Bundle(answers).apply { putString(PACKAGE, context.packageName) }
            val done = lpa.download(Order(slot, 0, copied(subscription), switchAfterwards, mayDeactivateSim, told))
            when (done.result) {
                EuiccService.RESULT_OK -> {
                    onDownloaded(subscription)
                    val extra = EuiccManager.EXTRA_EMBEDDED_SUBSCRIPTION_DOWNLOADABLE_SUBSCRIPTION
                    val told = Intent().putExtra(extra, subscription)
                    send(callback, Result(EuiccManager.EMBEDDED_SUBSCRIPTION_RESULT_OK, told))
                }
                EuiccService.RESULT_MUST_DEACTIVATE_SIM -> send(callback, deactivateSim { it.ask(this) })
                EuiccService.RESULT_RESOLVABLE_ERRORS -> send(callback, resolve(done.resolvableErrors))
                else -> send(callback, error(done.result))
            }
        }

        private fun with(mayDeactivateSim: Boolean, answers: Bundle) =
            Download(subscription, switchAfterwards, mayDeactivateSim, answers)

        private fun deactivateSim(then: PendingIntent.(Download) -> Unit) =
            question(EuiccService.ACTION_RESOLVE_DEACTIVATE_SIM) { told, next ->
                when (told.getBoolean(EuiccService.EXTRA_RESOLUTION_CONSENT)) {
                    true -> next.then(with(mayDeactivateSim = true, Bundle()))
                    false -> send(next, error())
                }
            }

        // The names that Android 9 knows.
        @Suppress("DEPRECATION")
        private fun resolve(errors: Int): Result {
            val isRetry = !subscription.confirmationCode.isNullOrEmpty()
            val action = when (errors) {
                0 -> EuiccService.ACTION_RESOLVE_CONFIRMATION_CODE
                else -> EuiccService.ACTION_RESOLVE_RESOLVABLE_ERRORS
            }
            return question(action, errors, isRetry) { told, next ->
                val code = told.getString(EuiccService.EXTRA_RESOLUTION_CONFIRMATION_CODE)
                val wantsCode = errors == 0 || errors and EuiccService.RESOLVABLE_ERROR_CONFIRMATION_CODE != 0
                val wantsRules = errors and EuiccService.RESOLVABLE_ERROR_POLICY_RULES != 0
                val allows = told.getBoolean(EuiccService.EXTRA_RESOLUTION_ALLOW_POLICY_RULES)
                if (wantsCode && code.isNullOrEmpty() || wantsRules && !allows) {
                    send(next, error())
                } else {
                    subscription.confirmationCode = code
                    with(mayDeactivateSim = true, told).ask(next)
                }
            }
        }
    }

    private fun switchTo(subscription: Int, port: Int?, callback: PendingIntent) = later {
        val iccid = subscriptions[subscription]
        val answer: (Boolean, PendingIntent) -> Unit = { force, next ->
            when (val result = lpa.switchTo(slot, port, iccid, force)) {
                EuiccService.RESULT_OK -> send(next, Result(EuiccManager.EMBEDDED_SUBSCRIPTION_RESULT_OK))
                EuiccService.RESULT_MUST_DEACTIVATE_SIM -> send(next, agree(EuiccService.ACTION_RESOLVE_DEACTIVATE_SIM) {
                    switchForced(port, iccid, it)
                })
                else -> send(next, error(result))
            }
        }
        when {
            iccid == null && subscription != NOTHING -> send(callback, error())
            port != null && port !in 0 until ports -> send(callback, invalidPort())
            callerIsSystem || callerManagesCard -> answer(callerIsSystem, callback)
            iccid == null -> send(callback, error())
            else -> send(callback, agree(EuiccService.ACTION_RESOLVE_NO_PRIVILEGES) { answer(true, it) })
        }
    }

    private fun switchForced(port: Int?, iccid: String?, callback: PendingIntent) =
        send(callback, plain(lpa.switchTo(slot, port, iccid, mayDeactivateSim = true)))

    private fun manage(subscription: Int, callback: PendingIntent, work: (String) -> Int) = later {
        val iccid = subscriptions[subscription]
        send(callback, if (iccid == null) error() else plain(work(iccid)))
    }

    private fun goOn(intent: Intent, told: Bundle) {
        @Suppress("DEPRECATION")
        val next = intent.getParcelableExtra<PendingIntent>(CALLBACK) ?: error("an intent without a way back")
        callbacks += next
        val question = questions.remove(intent.getIntExtra(OPERATION, 0)) ?: error("a question that was not asked")
        later { question(told, next) }
    }

    private fun later(work: () -> Unit) = thread.execute(work)

    private fun agree(action: String, then: (PendingIntent) -> Unit) = question(action) { told, next ->
        when (told.getBoolean(EuiccService.EXTRA_RESOLUTION_CONSENT)) {
            true -> then(next)
            false -> send(next, error())
        }
    }

    private fun question(
        action: String,
        errors: Int = 0,
        isRetry: Boolean = false,
        then: (Bundle, PendingIntent) -> Unit,
    ): Result {
        val number = numbers.incrementAndGet()
        questions[number] = then
        val intent = Intent(EuiccManager.ACTION_RESOLVE_ERROR)
            .setClassName("com.android.phone", "com.android.phone.euicc.EuiccResolutionUiDispatcherActivity")
            .putExtra(EuiccManager.EXTRA_EMBEDDED_SUBSCRIPTION_RESOLUTION_ACTION, action)
            .putExtra(EuiccService.EXTRA_RESOLUTION_CALLING_PACKAGE, context.packageName)
            .putExtra(EuiccService.EXTRA_RESOLVABLE_ERRORS, errors)
            .putExtra(EuiccService.EXTRA_RESOLUTION_CONFIRMATION_CODE_RETRIED, isRetry)
            .putExtra(OPERATION, number)
        val flags = PendingIntent.FLAG_ONE_SHOT or PendingIntent.FLAG_MUTABLE
        val way = PendingIntent.getActivity(context, number, intent, flags)
        val extras = Intent().putExtra(EuiccManager.EXTRA_EMBEDDED_SUBSCRIPTION_RESOLUTION_INTENT, way)
        return Result(EuiccManager.EMBEDDED_SUBSCRIPTION_RESULT_RESOLVABLE_ERROR, extras)
    }

    private fun plain(code: Int) =
        if (code == EuiccService.RESULT_OK) Result(EuiccManager.EMBEDDED_SUBSCRIPTION_RESULT_OK) else error(code)

    private fun error() = Result(EuiccManager.EMBEDDED_SUBSCRIPTION_RESULT_ERROR)

    private fun error(code: Int): Result {
        val extras = Intent().putExtra(EuiccManager.EXTRA_EMBEDDED_SUBSCRIPTION_DETAILED_CODE, code)
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.R) DetailedCode(code).addTo(extras)
        return Result(EuiccManager.EMBEDDED_SUBSCRIPTION_RESULT_ERROR, extras)
    }

    private fun invalidPort() = Result(
        EuiccManager.EMBEDDED_SUBSCRIPTION_RESULT_ERROR,
        Intent().putExtra(EuiccManager.EXTRA_EMBEDDED_SUBSCRIPTION_ERROR_CODE, EuiccManager.ERROR_INVALID_PORT),
    )

    private fun send(callback: PendingIntent, result: Result) {
        if (isSilent) return
        try {
            repeat(echoes) { callback.send(context, result.code, result.extras) }
        } catch (_: PendingIntent.CanceledException) {
            // Whoever asked does not want to know any more.
        }
    }

    /** Whether a plan's access rules name the app, as the platform compares them. */
    private fun lists(subscription: DownloadableSubscription?): Boolean {
        @Suppress("DEPRECATION")
        val info: PackageInfo = context.packageManager.getPackageInfo(
            context.packageName,
            PackageManager.GET_SIGNATURES or PackageManager.GET_SIGNING_CERTIFICATES,
        )
        return subscription?.accessRules.orEmpty().any { it.getCarrierPrivilegeStatus(info) == HAS_ACCESS }
    }

    private class Result(val code: Int, val extras: Intent? = null)

    private inline fun <reified T> List<Any?>.firstOf(): T = filterIsInstance<T>().first()

    private companion object {
        const val SERVICE = "econtroller"
        const val NOTHING = -1
        const val HAS_ACCESS = 1
        const val OPERATION = "operation"
        const val PACKAGE = "android.service.euicc.extra.PACKAGE_NAME"
        const val CALLBACK = EuiccManager.EXTRA_EMBEDDED_SUBSCRIPTION_RESOLUTION_CALLBACK_INTENT
    }
}
