package io.github.lpakit.testing

import io.github.lpakit.ActivationCode
import io.github.lpakit.Answers
import io.github.lpakit.ChipInfo
import io.github.lpakit.Discovery
import io.github.lpakit.Eid
import io.github.lpakit.Euicc
import io.github.lpakit.Imei
import io.github.lpakit.InstallOutcome
import io.github.lpakit.InstallTask
import io.github.lpakit.InstalledProfile
import io.github.lpakit.Iccid
import io.github.lpakit.Lpa
import io.github.lpakit.LpaException
import io.github.lpakit.MatchingId
import io.github.lpakit.MemoryReset
import io.github.lpakit.NotificationEvent
import io.github.lpakit.NotificationReport
import io.github.lpakit.Offer
import io.github.lpakit.PendingNotification
import io.github.lpakit.Profile
import io.github.lpakit.ProfileId
import io.github.lpakit.ProfileSource
import io.github.lpakit.ReportState
import io.github.lpakit.Statistics
import kotlinx.coroutines.CompletableDeferred
import java.util.Locale

/** What can be asked of an LPA, for scripts. */
public enum class FakeOperation {
    /** [Lpa.euiccs]. */
    EUICCS,

    /** [Lpa.eid]. */
    EID,

    /** [Lpa.chip]. */
    CHIP,

    /** [Lpa.shareText]. */
    SHARE_TEXT,

    /** [Lpa.setDefaultAddress]. */
    SET_DEFAULT_ADDRESS,

    /** [Lpa.parseActivationCode]. */
    PARSE,

    /** [Lpa.profiles] and [Lpa.profile]. */
    PROFILES,

    /** [Lpa.enable]. */
    ENABLE,

    /** [Lpa.disable]. */
    DISABLE,

    /** [Lpa.delete]. */
    DELETE,

    /** [Lpa.rename]. */
    RENAME,

    /** [Lpa.resetMemory]. */
    RESET_MEMORY,

    /** [Lpa.discover]. */
    DISCOVER,

    /** [Lpa.authenticate]. */
    AUTHENTICATE,

    /** [Offer.accept]. */
    ACCEPT,

    /** [Offer.reject]. */
    REJECT,

    /** [Lpa.notifications]. */
    NOTIFICATIONS,

    /** [Lpa.sendNotifications] and [Lpa.deliverSoon]. */
    SEND_NOTIFICATIONS,

    /** [Lpa.removeNotification]. */
    REMOVE_NOTIFICATION,

    /** [Lpa.hints], [Lpa.deliveryMemory], [Lpa.releaseCard] and [Lpa.statistics]. */
    HOUSEKEEPING,
}

/**
 * A scripted [Lpa] for tests of apps. It needs no native library: a card is a list of profiles, plans wait under the
 * tokens of their codes, and whatever is asked can be made to fail or to wait.
 *
 * ```
 * val lpa = FakeLpa()
 * lpa.plans["TOKEN"] = FakePlan(confirmationCode = ConfirmationCode("1234"))
 * lpa.fail(FakeOperation.PROFILES, FakeErrors.closed())
 * ```
 */
@Suppress("TooManyFunctions")
public class FakeLpa @JvmOverloads constructor(override val cardId: String = "fake") : Lpa {
    /** What the card says of itself. */
    public var chipInfo: ChipInfo = ChipInfo(Eid("89044000000000000000000000000017"), "2.5.0")

    /** The profiles on the card. */
    public val cardProfiles: MutableList<Profile> = mutableListOf()

    /** The notifications on the card. */
    public val cardNotifications: MutableList<PendingNotification> = mutableListOf()

    /** Plans at servers, by the matching IDs of their codes. */
    public val plans: MutableMap<String, FakePlan> = mutableMapOf()

    /** The plan at the default server. */
    public var defaultPlan: FakePlan? = null

    /** The plans that the SM-DS knows. */
    public val waitingPlans: MutableList<FakePlan> = mutableListOf()

    /** What was asked so far, in order. */
    public val calls: MutableList<FakeOperation> = mutableListOf()

    /** Whether it was closed. */
    public var isClosed: Boolean = false
        private set

    private val failures = mutableMapOf<FakeOperation, ArrayDeque<LpaException>>()
    private val holds = mutableMapOf<FakeOperation, CompletableDeferred<Unit>>()
    private val tasks = mutableListOf<FakeInstallTask>()
    private var offer: FakeOffer? = null
    private var lastNumber = 0L

    /** The newest installation. */
    public val newestTask: FakeInstallTask? get() = tasks.lastOrNull()

    /** Has the operation fail the next time; several failures stand in a row. */
    public fun fail(operation: FakeOperation, error: LpaException) {
        failures.getOrPut(operation) { ArrayDeque() }.addLast(error)
    }

    /** Has the operation wait from now on, until [release]. It applies to those that suspend. */
    public fun hold(operation: FakeOperation) {
        holds.getOrPut(operation) { CompletableDeferred() }
    }

    /** Lets those that wait go on. */
    public fun release(operation: FakeOperation) {
        holds.remove(operation)?.complete(Unit)
    }

    internal fun called(operation: FakeOperation) {
        calls += operation
        if (isClosed) throw FakeErrors.closed()
        failures[operation]?.removeFirstOrNull()?.let { throw it }
    }

    internal suspend fun calling(operation: FakeOperation) {
        holds[operation]?.await()
        called(operation)
    }

    internal fun offer(plan: FakePlan): FakeOffer = FakeOffer(this, plan).also { offer = it }

    internal fun install(offer: FakeOffer, answers: Answers): FakeInstallTask {
        val isCodeRight = answers.confirmationCode == offer.plan.confirmationCode || offer.plan.confirmationCode == null
        val task = FakeInstallTask(this, ++lastNumber, offer.plan, isCodeRight)
        tasks += task
        if (!offer.plan.waits) task.run()
        return task
    }

    internal fun installed(plan: FakePlan, installed: InstalledProfile): InstallOutcome {
        val described = plan.profile
        cardProfiles += Profile(
            described.iccid,
            displayName = described.profileName.ifEmpty { described.serviceProviderName },
            isEnabled = false,
            serviceProviderName = described.serviceProviderName,
            profileName = described.profileName,
            profileClass = described.profileClass,
            rules = described.rules,
            isdpAid = installed.isdpAid,
            icon = described.icon,
            owner = described.owner,
        )
        if (plan.report == ReportState.QUEUED) notify(NotificationEvent.INSTALL, described.iccid)
        return InstallOutcome.Installed(installed)
    }

    private fun notify(event: NotificationEvent, iccid: Iccid) {
        cardNotifications += PendingNotification(++lastNumber, listOf(event), "smdp.example", iccid)
    }

    private fun at(id: ProfileId): Int {
        val found = cardProfiles.indexOfFirst { it.iccid == id || it.isdpAid == id }
        return if (found >= 0) found else throw FakeErrors.profileNotFound()
    }

    override suspend fun euiccs(): List<Euicc> {
        calling(FakeOperation.EUICCS)
        return listOf(Euicc("A0000005591010FFFFFFFF8900000100", chipInfo.eid))
    }

    override fun euicc(isdrAid: String): Lpa = this

    override suspend fun eid(): Eid {
        calling(FakeOperation.EID)
        return chipInfo.eid
    }

    override suspend fun chip(): ChipInfo {
        calling(FakeOperation.CHIP)
        return chipInfo
    }

    override suspend fun shareText(imei: Imei?, locales: List<Locale>): String {
        calling(FakeOperation.SHARE_TEXT)
        return listOfNotNull("EID: ${chipInfo.eid.value}", imei?.let { "IMEI: ${it.value}" }).joinToString("\n")
    }

    override suspend fun setDefaultAddress(address: String) {
        calling(FakeOperation.SET_DEFAULT_ADDRESS)
        chipInfo = chipInfo.copy(defaultSmdpAddress = address.ifEmpty { null })
    }

    override fun parseActivationCode(text: String): ActivationCode {
        called(FakeOperation.PARSE)
        val parts = text.trim().removePrefix("LPA:").split('$')
        return FakeActivationCode(
            address = parts.getOrElse(1) { "" },
            matchingId = MatchingId(parts.getOrElse(2) { "" }),
            isConfirmationCodeRequired = parts.getOrNull(CODE_FLAG) == "1",
        )
    }

    override suspend fun profiles(): List<Profile> {
        calling(FakeOperation.PROFILES)
        return cardProfiles.map { it.copy(isdpAid = null, icon = null, owner = null, carrierApps = emptyList()) }
    }

    override suspend fun profilesInDetail(): List<Profile> {
        calling(FakeOperation.PROFILES)
        return cardProfiles.map { it.copy(icon = null) }
    }

    override suspend fun profile(id: ProfileId): Profile {
        calling(FakeOperation.PROFILES)
        return cardProfiles[at(id)]
    }

    override suspend fun enable(id: ProfileId): Profile {
        calling(FakeOperation.ENABLE)
        val place = at(id)
        if (cardProfiles[place].isEnabled) throw FakeErrors.alreadySwitched()
        cardProfiles.replaceAll { it.copy(isEnabled = false) }
        return switch(place, NotificationEvent.ENABLE)
    }

    override suspend fun disable(id: ProfileId): Profile {
        calling(FakeOperation.DISABLE)
        val place = at(id)
        if (!cardProfiles[place].isEnabled) throw FakeErrors.alreadySwitched()
        return switch(place, NotificationEvent.DISABLE)
    }

    private fun switch(place: Int, event: NotificationEvent): Profile {
        val switched = cardProfiles[place].copy(isEnabled = event == NotificationEvent.ENABLE)
        cardProfiles[place] = switched
        notify(event, switched.iccid)
        return switched
    }

    override suspend fun delete(id: ProfileId) {
        calling(FakeOperation.DELETE)
        val place = at(id)
        if (cardProfiles[place].isEnabled) throw FakeErrors.deletingEnabled()
        notify(NotificationEvent.DELETE, cardProfiles.removeAt(place).iccid)
    }

    override suspend fun rename(id: ProfileId, name: String) {
        calling(FakeOperation.RENAME)
        val place = at(id)
        val profile = cardProfiles[place]
        val unnamed = profile.profileName.ifEmpty { profile.serviceProviderName }
        cardProfiles[place] = profile.copy(nickname = name.ifEmpty { null }, displayName = name.ifEmpty { unnamed })
    }

    override suspend fun resetMemory(what: MemoryReset) {
        calling(FakeOperation.RESET_MEMORY)
        if (what.operationalProfiles) cardProfiles.clear()
        if (what.defaultSmdpAddress) chipInfo = chipInfo.copy(defaultSmdpAddress = null)
    }

    override suspend fun discover(servers: List<String>): Discovery {
        calling(FakeOperation.DISCOVER)
        return Discovery(waitingPlans.toList(), emptyList())
    }

    override suspend fun authenticate(source: ProfileSource): Offer {
        calling(FakeOperation.AUTHENTICATE)
        if (offer?.isOpen == true) throw FakeErrors.offerOpen()
        val plan = when (source) {
            is ProfileSource.Code -> plans[source.code.matchingId.value]
            ProfileSource.DefaultServer -> defaultPlan
            is ProfileSource.Event -> source.plan as? FakePlan
        }
        return offer(plan ?: throw FakeErrors.unknownCode())
    }

    override fun openOffer(): Offer? = offer?.takeIf { it.isOpen }

    override fun installTask(id: Long): InstallTask? = tasks.firstOrNull { it.id == id }

    override fun installTasks(): List<InstallTask> = tasks.toList()

    override suspend fun notifications(): List<PendingNotification> {
        calling(FakeOperation.NOTIFICATIONS)
        return cardNotifications.toList()
    }

    override suspend fun sendNotifications(): NotificationReport {
        calling(FakeOperation.SEND_NOTIFICATIONS)
        val delivered = cardNotifications.map { it.seqNumber }
        cardNotifications.clear()
        return NotificationReport(delivered, emptyList())
    }

    override fun deliverSoon() {
        called(FakeOperation.SEND_NOTIFICATIONS)
        cardNotifications.clear()
    }

    override suspend fun removeNotification(seqNumber: Long) {
        calling(FakeOperation.REMOVE_NOTIFICATION)
        cardNotifications.removeAll { it.seqNumber == seqNumber }
    }

    override fun deliveryMemory(): String {
        called(FakeOperation.HOUSEKEEPING)
        return "{}"
    }

    override suspend fun hints(): String {
        calling(FakeOperation.HOUSEKEEPING)
        return "{}"
    }

    override suspend fun releaseCard(): Unit = calling(FakeOperation.HOUSEKEEPING)

    override suspend fun statistics(): Statistics {
        calling(FakeOperation.HOUSEKEEPING)
        return Statistics(calls.size.toLong(), 0, 0, 0, 0, 0, 0)
    }

    override fun close() {
        isClosed = true
        offer?.close()
    }

    override suspend fun closeAndJoin(): Unit = close()

    private companion object {
        /** Where a code says that a confirmation code is due. */
        const val CODE_FLAG = 4
    }
}
