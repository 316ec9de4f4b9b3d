package io.github.lpakit.testing

import io.github.lpakit.ActivationCode
import io.github.lpakit.ConfirmationCode
import io.github.lpakit.Iccid
import io.github.lpakit.LpaException
import io.github.lpakit.MatchingId
import io.github.lpakit.Need
import io.github.lpakit.Phase
import io.github.lpakit.ProfileDescription
import io.github.lpakit.Progress
import io.github.lpakit.ReportState
import io.github.lpakit.WaitingPlan

/** A plan that waits at a server for [FakeLpa], and what comes of its installation. */
public class FakePlan @JvmOverloads constructor(
    /** What the person is shown. */
    public val profile: ProfileDescription = ProfileDescription(SAMPLE_ICCID, "Fake Mobile", "Travel 5 GB"),
    /** What the offer needs; [Need.CONFIRMATION_CODE] comes by itself with [confirmationCode]. */
    needs: Set<Need> = setOf(Need.CONSENT),
    /** The code that the person must type. */
    public val confirmationCode: ConfirmationCode? = null,
    /** The states that the installation goes through. */
    public val steps: List<Progress> = SAMPLE_STEPS,
    /** How the installation fails; it succeeds without one. */
    public val failure: LpaException? = null,
    /** Whether the operator hears of it at once. */
    public val report: ReportState = ReportState.DELIVERED,
    /** Whether the installation stands before each step until [FakeInstallTask.step] is called. */
    public val waits: Boolean = false,
    /** The server that has it. */
    override val server: String = "smdp.example",
    /** The SM-DS that names it. */
    override val foundAt: String = "smds.example",
) : WaitingPlan {
    /** What the offer needs of the person. */
    public val needs: Set<Need> = if (confirmationCode == null) needs else needs + Need.CONFIRMATION_CODE

    private companion object {
        val SAMPLE_ICCID = Iccid("8944000000000000001")
        const val SAMPLE_SIZE = 20_000L
        val SAMPLE_STEPS = listOf(
            Progress(Phase.PREPARING),
            Progress(Phase.DOWNLOADING),
            Progress(Phase.INSTALLING, SAMPLE_SIZE / 2, SAMPLE_SIZE),
            Progress(Phase.INSTALLING, SAMPLE_SIZE, SAMPLE_SIZE),
            Progress(Phase.NOTIFYING, SAMPLE_SIZE, SAMPLE_SIZE),
        )
    }
}

/** An activation code without the native library. It reads nothing: it says what it is made of. */
public data class FakeActivationCode @JvmOverloads constructor(
    override val address: String,
    override val matchingId: MatchingId,
    override val isConfirmationCodeRequired: Boolean = false,
    override val oid: String? = null,
    override val warnings: List<String> = emptyList(),
) : ActivationCode {
    override fun toText(): String {
        val ends = if (isConfirmationCodeRequired) "$${oid.orEmpty()}$1" else oid?.let { "$$it" }.orEmpty()
        return "1$$address$${matchingId.value}$ends"
    }

    override fun toQrText(): String = "LPA:${toText()}"

    override fun toString(): String = "ActivationCode(…)"
}
