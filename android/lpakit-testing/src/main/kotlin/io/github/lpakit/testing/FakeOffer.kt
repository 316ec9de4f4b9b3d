package io.github.lpakit.testing

import io.github.lpakit.Answers
import io.github.lpakit.InstallOutcome
import io.github.lpakit.InstallState
import io.github.lpakit.InstallTask
import io.github.lpakit.InstalledProfile
import io.github.lpakit.IsdpAid
import io.github.lpakit.LpaException
import io.github.lpakit.Need
import io.github.lpakit.Offer
import io.github.lpakit.Phase
import io.github.lpakit.ProfileDescription
import io.github.lpakit.Progress
import io.github.lpakit.RejectReason
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.filterNotNull
import kotlinx.coroutines.flow.transformWhile

/** An offer of [FakeLpa]. */
public class FakeOffer internal constructor(private val lpa: FakeLpa, internal val plan: FakePlan) : Offer {
    private var isUsed = false

    /** Why it was rejected, if it was. */
    public var rejected: RejectReason? = null
        private set

    override val profile: ProfileDescription get() = plan.profile
    override val needs: Set<Need> get() = plan.needs
    override val server: String get() = plan.server
    override val isOpen: Boolean get() = !isUsed

    override fun accept(answers: Answers): InstallTask {
        lpa.called(FakeOperation.ACCEPT)
        if (isUsed) throw FakeErrors.offerUsed()
        if (!answers.agreed.containsAll(needs - Need.CONFIRMATION_CODE)) throw FakeErrors.consentMissing()
        if (plan.confirmationCode != null && answers.confirmationCode == null) {
            throw FakeErrors.confirmationCodeMissing()
        }
        isUsed = true
        return lpa.install(this, answers)
    }

    override suspend fun reject(reason: RejectReason): Boolean {
        lpa.calling(FakeOperation.REJECT)
        if (isUsed) throw FakeErrors.offerUsed()
        isUsed = true
        rejected = reason
        return true
    }

    /** Postpones it if it is open. */
    override fun close() {
        if (!isUsed) rejected = RejectReason.LATER
        isUsed = true
    }
}

/** An installation of [FakeLpa]. With [FakePlan.waits] a test moves it, step by step. */
public class FakeInstallTask internal constructor(
    private val lpa: FakeLpa,
    override val id: Long,
    private val plan: FakePlan,
    private val isCodeRight: Boolean,
) : InstallTask {
    private val steps = ArrayDeque(plan.steps)
    private val now = MutableStateFlow<Progress?>(null)
    private val end = CompletableDeferred<InstallOutcome>()
    private var wasCancelRequested = false

    override val state: InstallState
        get() = if (end.isCompleted) {
            InstallState.Finished
        } else {
            InstallState.Running(now.value ?: Progress(Phase.PREPARING))
        }

    override val progress: Flow<Progress>
        get() = now.filterNotNull().transformWhile {
            emit(it)
            it.phase != Phase.FINISHED
        }

    /** Goes one step on; after the last one it ends. */
    public fun step() {
        if (end.isCompleted) return
        val next = steps.removeFirstOrNull()
        when {
            !isCodeRight && next?.phase != Phase.PREPARING -> finish { refused() }
            next != null -> now.value = next
            plan.failure != null -> finish { throw plan.failure }
            else -> finish { lpa.installed(plan, installed()) }
        }
    }

    /** Goes all its steps to the end. */
    public fun run() {
        while (!end.isCompleted) step()
    }

    override fun cancel() {
        wasCancelRequested = true
        if ((now.value?.phase ?: Phase.PREPARING) < Phase.INSTALLING) finish { throw FakeErrors.cancelled() }
    }

    override suspend fun outcome(cancelWithCaller: Boolean): InstallOutcome = try {
        end.await()
    } catch (error: CancellationException) {
        if (cancelWithCaller) cancel()
        throw error
    }

    private fun installed() = InstalledProfile(
        plan.profile.iccid,
        plan.profile,
        IsdpAid("A0000005591010FFFFFFFF8900001000"),
        plan.report,
        wasCancelRequested,
    )

    private fun refused() =
        InstallOutcome.ConfirmationCodeRefused(lpa.offer(plan), FakeErrors.confirmationCodeRefused())

    private fun finish(outcome: () -> InstallOutcome) {
        if (end.isCompleted) return
        try {
            end.complete(outcome())
        } catch (error: LpaException) {
            end.completeExceptionally(error)
        }
        now.value = (now.value ?: Progress(Phase.PREPARING)).copy(phase = Phase.FINISHED)
    }
}
