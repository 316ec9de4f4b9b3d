package io.github.lpakit.internal

import io.github.lpakit.Answers
import io.github.lpakit.InstallOutcome
import io.github.lpakit.InstallState
import io.github.lpakit.InstallTask
import io.github.lpakit.Need
import io.github.lpakit.Offer
import io.github.lpakit.Phase
import io.github.lpakit.ProfileDescription
import io.github.lpakit.Progress
import io.github.lpakit.RejectReason
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.withContext
import io.github.lpakit.ffi.InstallOutcome as FfiOutcome
import io.github.lpakit.ffi.InstallState as FfiState
import io.github.lpakit.ffi.InstallTask as FfiTask
import io.github.lpakit.ffi.Offer as FfiOffer
import io.github.lpakit.ffi.RejectReason as FfiReason

/** An offer that the native library holds. */
internal class NativeOffer(native: FfiOffer) : Offer {
    private val handle = Handle(native)

    override val profile: ProfileDescription = native.profile().toFacade()
    override val needs: Set<Need> = native.needs().map { Need.valueOf(it.name) }.toSet()
    override val server: String = native.server()
    override val isOpen: Boolean get() = runCatching { handle.call { it.isOpen() } }.getOrDefault(false)

    override fun accept(answers: Answers): InstallTask = handle.call { NativeTask(it.accept(answers.toFfi())) }

    override suspend fun reject(reason: RejectReason): Boolean =
        toItsEnd { handle.call { it.reject(FfiReason.valueOf(reason.name)) } }

    override fun close(): Unit = handle.free()
}

/** An installation that the native library does. */
internal class NativeTask(private val native: FfiTask) : InstallTask {
    override val id: Long = native.id().toLong()

    override val state: InstallState
        get() = when (val state = translating { native.state() }) {
            is FfiState.Running -> InstallState.Running(state.progress.toFacade())
            is FfiState.Finished -> InstallState.Finished
        }

    override val progress: Flow<Progress> = flow {
        var seen = next(null)
        while (seen != null) {
            emit(seen)
            seen = next(seen)
        }
    }

    private suspend fun next(seen: Progress?): Progress? =
        awaiting { translating { native.nextProgress(seen?.toFfi())?.toFacade() } }

    override fun cancel(): Unit = translating { native.cancel() }

    override suspend fun outcome(cancelWithCaller: Boolean): InstallOutcome = try {
        awaiting { translating { native.outcome().toFacade() } }
    } catch (error: CancellationException) {
        if (cancelWithCaller) {
            cancel()
            withContext(NonCancellable) { runCatching { untilEndedOrTooLate() } }
        }
        throw error
    }

    private suspend fun untilEndedOrTooLate() {
        var seen = next(null)
        while (seen != null && seen.phase < Phase.INSTALLING) seen = next(seen)
        // Nothing more will come: the outcome is there.
        if (seen == null) awaiting { native.outcome() }.destroy()
    }
}

private fun FfiOutcome.toFacade(): InstallOutcome = when (this) {
    is FfiOutcome.Installed -> InstallOutcome.Installed(profile.toFacade())
    is FfiOutcome.ConfirmationCodeRefused ->
        InstallOutcome.ConfirmationCodeRefused(NativeOffer(offer), error.toFacade())
}
