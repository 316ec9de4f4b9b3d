package io.github.lpakit.android.install

import java.time.Duration
import java.util.concurrent.CompletableFuture
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.future.future

/** An [EsimInstaller] for Java. Cancelling a future does what cancelling the caller of the function does. */
public class EsimFutures(
    /** The installer. */
    public val installer: EsimInstaller,
) {
    /** See [EsimInstaller.isAvailable]. */
    public fun isAvailable(): CompletableFuture<Boolean> = begin { installer.isAvailable() }

    /** See [EsimInstaller.install]. */
    public fun install(request: InstallRequest): CompletableFuture<EsimOutcome> = begin { installer.install(request) }

    /** See [EsimInstaller.resume]. */
    @JvmOverloads
    public fun resume(requestId: String, patience: Duration = Duration.ZERO): CompletableFuture<EsimOutcome> =
        begin { installer.resume(requestId, patience) }

    /** See [EsimInstaller.requests]. */
    public fun requests(): CompletableFuture<Map<String, RequestState>> = begin { installer.requests() }

    /** See [EsimInstaller.forget]. */
    public fun forget(requestId: String): CompletableFuture<Void?> = perform { installer.forget(requestId) }

    /** See [EsimInstaller.switchTo]. */
    @JvmOverloads
    public fun switchTo(subscriptionId: Int, port: Int? = null): CompletableFuture<Void?> =
        perform { installer.switchTo(subscriptionId, port) }

    /** See [EsimInstaller.switchOff]. */
    @JvmOverloads
    public fun switchOff(port: Int = 0): CompletableFuture<Void?> = perform { installer.switchOff(port) }

    /** See [EsimInstaller.delete]. */
    public fun delete(subscriptionId: Int): CompletableFuture<Void?> = perform { installer.delete(subscriptionId) }

    /** See [EsimInstaller.rename]. */
    public fun rename(subscriptionId: Int, name: String): CompletableFuture<Void?> =
        perform { installer.rename(subscriptionId, name) }

    private companion object {
        val scope = CoroutineScope(SupervisorJob() + Dispatchers.Default)

        fun <T> begin(work: suspend () -> T): CompletableFuture<T> = scope.future { work() }

        fun perform(work: suspend () -> Unit): CompletableFuture<Void?> = scope.future {
            work()
            null
        }
    }
}
