package io.github.lpakit

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.future.future
import java.util.Locale
import java.util.concurrent.CompletableFuture
import java.util.function.Consumer

/**
 * An [Lpa] for Java: what suspends in Kotlin is a future here, which fails with an [LpaException]. Cancelling a future is
 * cancelling the coroutine, as [Lpa] and [InstallTask.outcome] describe it.
 */
public class LpaFutures(
    /** The LPA behind it. */
    public val lpa: Lpa,
) : AutoCloseable {
    /** See [Lpa.euiccs]. */
    public fun euiccs(): CompletableFuture<List<Euicc>> = begin { lpa.euiccs() }

    /** See [Lpa.eid]. */
    public fun eid(): CompletableFuture<Eid> = begin { lpa.eid() }

    /** See [Lpa.chip]. */
    public fun chip(): CompletableFuture<ChipInfo> = begin { lpa.chip() }

    /** See [Lpa.shareText]. */
    @JvmOverloads
    public fun shareText(
        imei: Imei? = null,
        locales: List<Locale> = listOf(Locale.getDefault()),
    ): CompletableFuture<String> = begin { lpa.shareText(imei, locales) }

    /** See [Lpa.setDefaultAddress]. */
    public fun setDefaultAddress(address: String): CompletableFuture<Void?> = perform { lpa.setDefaultAddress(address) }

    /** See [Lpa.profiles]. */
    public fun profiles(): CompletableFuture<List<Profile>> = begin { lpa.profiles() }

    /** See [Lpa.profilesInDetail]. */
    public fun profilesInDetail(): CompletableFuture<List<Profile>> = begin { lpa.profilesInDetail() }

    /** See [Lpa.profile]. */
    public fun profile(id: ProfileId): CompletableFuture<Profile> = begin { lpa.profile(id) }

    /** See [Lpa.enable]. */
    public fun enable(id: ProfileId): CompletableFuture<Profile> = begin { lpa.enable(id) }

    /** See [Lpa.disable]. */
    public fun disable(id: ProfileId): CompletableFuture<Profile> = begin { lpa.disable(id) }

    /** See [Lpa.delete]. */
    public fun delete(id: ProfileId): CompletableFuture<Void?> = perform { lpa.delete(id) }

    /** See [Lpa.rename]. */
    public fun rename(id: ProfileId, name: String): CompletableFuture<Void?> = perform { lpa.rename(id, name) }

    /** See [Lpa.resetMemory]. */
    public fun resetMemory(what: MemoryReset): CompletableFuture<Void?> = perform { lpa.resetMemory(what) }

    /** See [Lpa.discover]. */
    @JvmOverloads
    public fun discover(servers: List<String> = emptyList()): CompletableFuture<Discovery> =
        begin { lpa.discover(servers) }

    /** See [Lpa.authenticate]. */
    public fun authenticate(source: ProfileSource): CompletableFuture<Offer> = begin { lpa.authenticate(source) }

    /** See [Lpa.authenticate]. */
    public fun authenticate(code: ActivationCode): CompletableFuture<Offer> = begin { lpa.authenticate(code) }

    /** See [Lpa.notifications]. */
    public fun notifications(): CompletableFuture<List<PendingNotification>> = begin { lpa.notifications() }

    /** See [Lpa.sendNotifications]. */
    public fun sendNotifications(): CompletableFuture<NotificationReport> = begin { lpa.sendNotifications() }

    /** See [Lpa.removeNotification]. */
    public fun removeNotification(seqNumber: Long): CompletableFuture<Void?> =
        perform { lpa.removeNotification(seqNumber) }

    /** See [Lpa.hints]. */
    public fun hints(): CompletableFuture<String> = begin { lpa.hints() }

    /** See [Lpa.releaseCard]. */
    public fun releaseCard(): CompletableFuture<Void?> = perform { lpa.releaseCard() }

    /** See [Lpa.statistics]. */
    public fun statistics(): CompletableFuture<Statistics> = begin { lpa.statistics() }

    /** See [Lpa.close]. */
    override fun close(): Unit = lpa.close()

    /** See [Lpa.closeAndJoin]. */
    public fun closeAndJoin(): CompletableFuture<Void?> = perform { lpa.closeAndJoin() }

    /** Futures of offers and installations. */
    public companion object {
        private val scope = CoroutineScope(SupervisorJob() + Dispatchers.Default)

        private fun <T> begin(work: suspend () -> T): CompletableFuture<T> = scope.future { work() }

        private fun perform(work: suspend () -> Unit): CompletableFuture<Void?> = scope.future {
            work()
            null
        }

        /** See [Offer.reject]. */
        @JvmStatic
        public fun reject(offer: Offer, reason: RejectReason): CompletableFuture<Boolean> =
            begin { offer.reject(reason) }

        /** See [InstallTask.outcome]. */
        @JvmStatic
        @JvmOverloads
        public fun outcome(task: InstallTask, cancelWithCaller: Boolean = true): CompletableFuture<InstallOutcome> =
            begin { task.outcome(cancelWithCaller) }

        /** Tells how far an installation is, until its end; cancelling the future ends the telling only. */
        @JvmStatic
        public fun watch(task: InstallTask, listener: Consumer<Progress>): CompletableFuture<Void?> =
            perform { task.progress.collect { listener.accept(it) } }
    }
}
