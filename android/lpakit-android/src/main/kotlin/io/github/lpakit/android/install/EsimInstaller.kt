package io.github.lpakit.android.install

import android.app.PendingIntent
import android.content.Context
import android.os.Build
import android.telephony.SubscriptionManager
import android.telephony.euicc.DownloadableSubscription
import android.telephony.euicc.EuiccManager
import io.github.lpakit.ActivationCode
import io.github.lpakit.LpaException
import io.github.lpakit.android.install.internal.Diagnosis
import io.github.lpakit.android.install.internal.Entry
import io.github.lpakit.android.install.internal.Errand
import io.github.lpakit.android.install.internal.Errands
import io.github.lpakit.android.install.internal.Faults
import io.github.lpakit.android.install.internal.Journal
import io.github.lpakit.android.install.internal.Reply
import io.github.lpakit.android.install.internal.SystemLpa
import java.time.Duration
import java.util.UUID
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeoutOrNull

/**
 * Installs profiles by the LPA of the phone's own system. No permission is needed; which plans it lets the app install is
 * the operator's to say, in the profile's rules (BF76), and so is which ones [switchTo], [delete] and [rename] work on.
 *
 * The system asks the person what it has to ask, consent and confirmation code, on screens of its own. For that the app
 * must be on the screen: in the background it ends as `os.no_screen`, and nothing is installed.
 *
 * Every suspending function may be called from any thread and throws [LpaException]. The system does one thing at a time:
 * a second call meanwhile ends as `busy`, from whatever installer it came. It offers no way to cancel: a caller who is
 * cancelled takes a question from the screen that is not answered yet, but what the system has begun goes on, and
 * [resume] tells how it ended.
 */
public class EsimInstaller @JvmOverloads constructor(
    context: Context,
    private val options: EsimInstallerOptions = EsimInstallerOptions(),
) {
    private val context = context.applicationContext
    private val system = SystemLpa(this.context)
    private val journal by lazy { Journal(this.context) }

    /** Whether the phone has an eSIM that is switched on. Not whether a plan lets this app install it. */
    public suspend fun isAvailable(): Boolean = withContext(dispatcher) { system.isOpen() }

    /**
     * Installs a profile and returns when it is there. That the request was made is kept, without its code, so that
     * [resume] finds it after the app was ended.
     *
     * Throws whatever went wrong, among others `os.no_esim`, `os.no_privilege` when the operator's rules do not list the
     * app, `cancelled.by_user`, `os.link_not_agreed` for a code from a link that nobody agreed to, and with plan
     * unknown `os.no_answer`.
     */
    @Throws(LpaException::class)
    public suspend fun install(request: InstallRequest): EsimOutcome = withContext(dispatcher) {
        if (request.source == CodeSource.LINK && !request.isAgreed) throw Faults.of("os.link_not_agreed")
        carryOut(request.id) { errand ->
            val manager = system.open()
            val subscription = subscriptionOf(request)
            journal.begin(request.id, errand.attempt, system.visible()?.map { it.subscriptionId }?.toSet())
            val reply = errand.run { wayBack ->
                sendFor(request.id) { manager.downloadSubscription(subscription, request.switchesAfterwards, wayBack) }
            }
            noteDeclined(errand)
            if (isOfAnother(reply, request.code)) {
                journal.change(request.id) { it.copy(state = RequestState.FAILED, verdict = null) }
                throw Faults.of("os.unknown")
            }
            finished(request.id)
        }
    }

    /**
     * What became of a request, for an app that was ended or has lost its caller: waits while it is under way in this
     * process, asks the person what the system has asked meanwhile, waits for the system as long as [patience], and looks
     * at the profiles that the app may see.
     *
     * Throws what [install] would have thrown; `os.no_screen` when the system's question cannot be shown, or is lost
     * since the app was ended: nothing is installed then, and [install] can be called again; and `os.unknown` when nothing tells: the app then shows the
     * phone's list of eSIMs ([EsimScreens.manage]), for it may be installed, now or in a while.
     */
    @JvmOverloads
    @Throws(LpaException::class)
    public suspend fun resume(requestId: String, patience: Duration = Duration.ZERO): EsimOutcome =
        withContext(dispatcher) {
            Errands.find(requestId)?.join()
            withTimeoutOrNull(patience.toMillis()) {
                Errands.news.first { journal.find(requestId)?.state != RequestState.UNDER_WAY }
            }
            if (journal.find(requestId)?.state == RequestState.UNANSWERED) {
                carryOut(requestId) { errand ->
                    Errands.takeUnanswered(requestId)?.let { question ->
                        journal.change(requestId) { it.copy(attempt = errand.attempt) }
                        errand.goOn(question)
                    }
                    noteDeclined(errand)
                }
            }
            finished(requestId)
        }

    private fun noteDeclined(errand: Errand) {
        if (errand.declined) journal.change(errand.id) { it.copy(declined = true) }
    }

    /** The requests that are remembered, by their ids, oldest first: the newest sixteen, without those forgotten. */
    public suspend fun requests(): Map<String, RequestState> = withContext(dispatcher) {
        journal.all().associate { it.id to it.state }
    }

    /** Forgets a request. What the system does for it goes on, and nobody will learn how it ended. */
    public suspend fun forget(requestId: String): Unit = withContext(dispatcher) {
        Errands.takeUnanswered(requestId)
        journal.forget(requestId)
    }

    /**
     * Switches a profile on that lists this app, instead of the one that is on now. From Android 13 on [port] says where on
     * a eUICC that can have several on; without it, and before, the system chooses.
     */
    @JvmOverloads
    @Throws(LpaException::class)
    public suspend fun switchTo(subscriptionId: Int, port: Int? = null): Unit = manage(subscriptionId) { manager, wayBack ->
        when {
            port == null -> manager.switchToSubscription(subscriptionId, wayBack)
            Build.VERSION.SDK_INT >= Build.VERSION_CODES.TIRAMISU ->
                manager.switchToSubscription(subscriptionId, checkedPort(port), wayBack)
            port == 0 -> manager.switchToSubscription(subscriptionId, wayBack)
            else -> throw Faults.of("os.no_such_port")
        }
    }

    /** Switches the profile off that is on at this port. This app must be listed by it. */
    @JvmOverloads
    @Throws(LpaException::class)
    public suspend fun switchOff(port: Int = 0): Unit = switchTo(SubscriptionManager.INVALID_SUBSCRIPTION_ID, port)

    /** Deletes a profile that lists this app, for good. Android asks nobody: the app must. */
    @Throws(LpaException::class)
    public suspend fun delete(subscriptionId: Int): Unit = manage(subscriptionId) { manager, wayBack ->
        manager.deleteSubscription(subscriptionId, wayBack)
    }

    /** Gives a profile that lists this app another name. */
    @Throws(LpaException::class)
    public suspend fun rename(subscriptionId: Int, name: String): Unit = manage(subscriptionId) { manager, wayBack ->
        manager.updateSubscriptionNickname(subscriptionId, name, wayBack)
    }

    private suspend fun manage(subscriptionId: Int, call: (EuiccManager, PendingIntent) -> Unit) =
        withContext(dispatcher) {
            carryOut("-${UUID.randomUUID()}") { errand ->
                try {
                    val manager = system.open()
                    val reply = errand.run { wayBack ->
                        // Ports are for apps with carrier privileges only.
                        system.call({ Faults.of("os.no_privilege") }) { call(manager, wayBack) }
                    }
                    if (reply.verdict.result != EuiccManager.EMBEDDED_SUBSCRIPTION_RESULT_OK) {
                        throw explained(reply, errand, subscriptionId)
                    }
                } catch (fault: LpaException) {
                    throw Faults.withoutPlan(fault)
                }
            }
        }

    private fun explained(reply: Reply, errand: Errand, subscriptionId: Int): LpaException {
        val isKnown = subscriptionId == SubscriptionManager.INVALID_SUBSCRIPTION_ID ||
            system.visible()?.any { it.subscriptionId == subscriptionId } ?: true
        val isRefused = reply.verdict.saysNothing && !errand.declined
        return if (isRefused && !isKnown) {
            Faults.of("os.no_such_subscription")
        } else {
            Diagnosis.of(reply.verdict, errand.declined)
        }
    }

    private suspend fun <T> carryOut(id: String, work: suspend (Errand) -> T): T {
        val errand = Errand(context, options, id)
        Errands.begin(errand)
        try {
            return work(errand)
        } finally {
            Errands.end(errand)
        }
    }

    /** What is thrown on the spot has asked for nothing. */
    private fun sendFor(id: String, call: () -> Unit) = try {
        system.call({ Faults.of("os.permission", "name" to "WRITE_EMBEDDED_SUBSCRIPTIONS") }, call)
    } catch (fault: LpaException) {
        journal.forget(id)
        throw fault
    }

    private fun finished(id: String): EsimOutcome {
        val entry = journal.find(id) ?: throw Faults.of("os.unknown")
        val news = news(entry)
        return when (entry.state) {
            RequestState.INSTALLED -> news ?: EsimOutcome(id, null, null)
            RequestState.FAILED -> throw entry.verdict?.let { Diagnosis.of(it, entry.declined) } ?: Faults.of("os.unknown")
            RequestState.UNANSWERED -> throw Faults.of("os.no_screen")
            RequestState.UNDER_WAY -> news ?: throw Faults.of("os.unknown")
        }
    }

    /** The profile that the app sees now and did not see before. */
    private fun news(entry: Entry): EsimOutcome? {
        val before = entry.seenBefore ?: return null
        val fresh = system.visible()?.lastOrNull { it.subscriptionId !in before } ?: return null
        return EsimOutcome(entry.id, fresh.subscriptionId, fresh.carrierName?.toString()?.ifEmpty { null })
    }

    private companion object {
        val dispatcher: CoroutineDispatcher = Dispatchers.IO

        fun checkedPort(port: Int): Int = if (port >= 0) port else throw Faults.of("os.no_such_port")

        fun subscriptionOf(request: InstallRequest): DownloadableSubscription {
            val code = request.confirmationCode?.value
            if (code == null || Build.VERSION.SDK_INT < Build.VERSION_CODES.S) {
                return DownloadableSubscription.forActivationCode(request.code.toText())
            }
            return DownloadableSubscription.Builder(request.code.toText()).setConfirmationCode(code).build()
        }

        /**
         * Whether the system says that it has installed something else: it keeps a question that was never shown, and may
         * have asked that one again instead of the new one.
         */
        fun isOfAnother(reply: Reply, code: ActivationCode): Boolean {
            if (reply.verdict.result != EuiccManager.EMBEDDED_SUBSCRIPTION_RESULT_OK) return false
            val told = reply.installedCode ?: return false
            return try {
                ActivationCode.parse(told, allowTestServers = true) != code
            } catch (_: LpaException) {
                false
            }
        }
    }
}
