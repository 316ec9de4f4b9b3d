@file:Suppress("TooManyFunctions")

package io.github.lpakit.internal

import io.github.lpakit.Advice
import io.github.lpakit.Answers
import io.github.lpakit.AuthorisationRule
import io.github.lpakit.CardAccess
import io.github.lpakit.CarrierApp
import io.github.lpakit.ChipInfo
import io.github.lpakit.DeliveryTrouble
import io.github.lpakit.DeviceCapabilities
import io.github.lpakit.DeviceInfo
import io.github.lpakit.Eid
import io.github.lpakit.ErrorKind
import io.github.lpakit.Euicc
import io.github.lpakit.Iccid
import io.github.lpakit.Icon
import io.github.lpakit.InstalledProfile
import io.github.lpakit.IsdpAid
import io.github.lpakit.LpaException
import io.github.lpakit.LpaOptions
import io.github.lpakit.MemoryReset
import io.github.lpakit.NotificationEvent
import io.github.lpakit.NotificationReport
import io.github.lpakit.Operator
import io.github.lpakit.PendingNotification
import io.github.lpakit.Phase
import io.github.lpakit.PhoneFacts
import io.github.lpakit.PlanState
import io.github.lpakit.PolicyRules
import io.github.lpakit.Profile
import io.github.lpakit.ProfileClass
import io.github.lpakit.ProfileDescription
import io.github.lpakit.ProfileId
import io.github.lpakit.Progress
import io.github.lpakit.ReportState
import io.github.lpakit.Statistics
import io.github.lpakit.UnsentNotification
import io.github.lpakit.ffi.ConnectTo
import io.github.lpakit.ffi.ErrorArgument
import io.github.lpakit.ffi.ErrorDetails
import io.github.lpakit.ffi.PendingReport
import io.github.lpakit.ffi.PhoneSystem
import io.github.lpakit.ffi.SendReport
import java.time.Duration
import java.util.Locale
import io.github.lpakit.ffi.Advice as FfiAdvice
import io.github.lpakit.ffi.Answers as FfiAnswers
import io.github.lpakit.ffi.AppStanding as FfiStanding
import io.github.lpakit.ffi.AuthorisationRule as FfiRule
import io.github.lpakit.ffi.CardAccess as FfiAccess
import io.github.lpakit.ffi.CarrierApp as FfiApp
import io.github.lpakit.ffi.ChipInfo as FfiChip
import io.github.lpakit.ffi.DeliveryTrouble as FfiTrouble
import io.github.lpakit.ffi.DeviceCapabilities as FfiCapabilities
import io.github.lpakit.ffi.DeviceInfo as FfiDevice
import io.github.lpakit.ffi.ErrorKind as FfiKind
import io.github.lpakit.ffi.Euicc as FfiEuicc
import io.github.lpakit.ffi.Icon as FfiIcon
import io.github.lpakit.ffi.InstalledProfile as FfiInstalled
import io.github.lpakit.ffi.LpaOptions as FfiOptions
import io.github.lpakit.ffi.MemoryReset as FfiReset
import io.github.lpakit.ffi.Need as FfiNeed
import io.github.lpakit.ffi.Operator as FfiOperator
import io.github.lpakit.ffi.Phase as FfiPhase
import io.github.lpakit.ffi.PhoneFacts as FfiFacts
import io.github.lpakit.ffi.PlanState as FfiPlan
import io.github.lpakit.ffi.Profile as FfiProfile
import io.github.lpakit.ffi.ProfileDescription as FfiDescription
import io.github.lpakit.ffi.Progress as FfiProgress
import io.github.lpakit.ffi.Statistics as FfiStatistics

private const val LONGEST_LIMIT = 3600L

internal fun List<Locale>.tags(): List<String> = map { it.toLanguageTag() }

internal fun Map<String, String>.toFfi(): List<ErrorArgument> = map { (name, value) -> ErrorArgument(name, value) }

// Enums have the same names on both sides; a test goes through all of them.

internal fun ErrorDetails.toFacade() = LpaException(
    kind = ErrorKind.valueOf(kind.name),
    key = key,
    arguments = arguments.associate { it.name to it.value },
    plan = PlanState.valueOf(plan.name),
    advice = Advice.valueOf(advice.name),
)

internal fun LpaException.toFfi() = ErrorDetails(
    kind = FfiKind.valueOf(kind.name),
    key = key,
    arguments = arguments.toFfi(),
    plan = FfiPlan.valueOf(plan.name),
    advice = FfiAdvice.valueOf(advice.name),
)

/** The error of everything that is asked of a closed LPA. */
internal fun closed() = LpaException(ErrorKind.CLOSED, "closed")

internal val ProfileId.text: String
    get() = when (this) {
        is Iccid -> value
        is IsdpAid -> hex
    }

private fun FfiIcon.toFacade() = Icon(Icon.Kind.valueOf(kind.name), data)

private fun FfiOperator.toFacade() = Operator(mccMnc, gid1?.asList(), gid2?.asList())

private fun FfiApp.toFacade() = CarrierApp(certificateHash, packageName)

internal fun FfiProfile.toFacade() = Profile(
    iccid = Iccid(iccid),
    displayName = displayName,
    isEnabled = enabled,
    serviceProviderName = serviceProviderName,
    profileName = profileName,
    nickname = nickname,
    profileClass = ProfileClass.valueOf(profileClass.name),
    rules = PolicyRules(forbidsDisabling, forbidsDeleting),
    isdpAid = isdpAid?.let(::IsdpAid),
    icon = icon?.toFacade(),
    owner = owner?.toFacade(),
    carrierApps = carrierApps.map { it.toFacade() },
)

internal fun FfiDescription.toFacade() = ProfileDescription(
    iccid = Iccid(iccid),
    serviceProviderName = serviceProviderName,
    profileName = profileName,
    profileClass = ProfileClass.valueOf(profileClass.name),
    rules = PolicyRules(forbidsDisabling, forbidsDeleting),
    icon = icon?.toFacade(),
    owner = owner?.toFacade(),
    carrierApps = carrierApps.map { it.toFacade() },
    estimatedSize = estimatedSize?.toLong(),
)

internal fun FfiInstalled.toFacade() = InstalledProfile(
    iccid = Iccid(iccid),
    profile = profile.toFacade(),
    isdpAid = IsdpAid(isdpAid),
    report = ReportState.valueOf(report.name),
    wasCancelRequested = cancelRequested,
)

internal fun FfiEuicc.toFacade() = Euicc(isdrAid, Eid(eid))

private fun FfiRule.toFacade() =
    AuthorisationRule(aboutDisabling, aboutDeleting, operators.map { it.toFacade() }, consentRequired)

internal fun FfiChip.toFacade() = ChipInfo(
    eid = Eid(eid),
    sgp22Version = sgp22Version,
    highestSgp22Version = highestSgp22Version,
    profileVersion = profileVersion,
    firmwareVersion = firmwareVersion,
    javaCardVersion = javaCardVersion,
    globalPlatformVersion = globalPlatformVersion,
    protectionProfileVersion = protectionProfileVersion,
    installedApplications = installedApplications.toLong(),
    freeMemory = freeMemory.toLong(),
    freeWorkingMemory = freeWorkingMemory.toLong(),
    verificationKeys = verificationKeys,
    signingKeys = signingKeys,
    sasAccreditationNumber = sasAccreditationNumber,
    platformLabel = platformLabel,
    defaultSmdpAddress = defaultSmdpAddress,
    rootSmdsAddress = rootSmdsAddress,
    furtherSmdsAddresses = furtherSmdsAddresses,
    rules = rules.map { it.toFacade() },
)

internal fun FfiStatistics.toFacade() = Statistics(
    apdus = apdus.toLong(),
    cardBytesOut = cardBytesOut.toLong(),
    cardBytesIn = cardBytesIn.toLong(),
    requests = requests.toLong(),
    tlsHandshakes = tlsHandshakes.toLong(),
    httpBytesOut = httpBytesOut.toLong(),
    httpBytesIn = httpBytesIn.toLong(),
)

private fun FfiTrouble.toFacade() =
    DeliveryTrouble(tries.toInt(), lastingSeconds.toLong(), error?.toFacade(), offerRemoval)

internal fun PendingReport.toFacade() = PendingNotification(
    seqNumber = seqNumber.toLong(),
    events = events.map { NotificationEvent.valueOf(it.name) },
    address = address,
    iccid = iccid?.let(::Iccid),
    trouble = trouble?.toFacade(),
)

internal fun SendReport.toFacade() = NotificationReport(
    delivered = delivered.map { it.toLong() },
    unsent = unsent.map { UnsentNotification(it.seqNumber.toLong(), it.error.toFacade()) },
)

internal fun FfiProgress.toFacade() = Progress(Phase.valueOf(phase.name), bytesDone.toLong(), bytesTotal.toLong())

internal fun Progress.toFfi() = FfiProgress(FfiPhase.valueOf(phase.name), bytesDone.toULong(), bytesTotal.toULong())

internal fun Answers.toFfi() = FfiAnswers(agreed.map { FfiNeed.valueOf(it.name) }, confirmationCode?.value)

internal fun MemoryReset.toFfi() = FfiReset(
    operationalProfiles = operationalProfiles,
    fieldLoadedTestProfiles = fieldLoadedTestProfiles,
    defaultSmdpAddress = defaultSmdpAddress,
    preLoadedTestProfiles = preLoadedTestProfiles,
    provisioningProfiles = provisioningProfiles,
)

internal fun LpaOptions.toFfi() = FfiOptions(
    device = device.toFfi(),
    isdrAids = isdrAids,
    hints = hints,
    deliveryMemory = deliveryMemory,
    connectLimitSeconds = connectLimit.seconds(),
    answerLimitSeconds = answerLimit.seconds(),
    packageLimitSeconds = packageLimit.seconds(),
    cardLimitSeconds = cardLimit.seconds(),
    proxy = proxy,
    testIssuers = testIssuers,
    connectTo = connectTo.map { (host, socket) -> ConnectTo(host, socket) },
    deliverAutomatically = deliversAutomatically,
)

private fun Duration.seconds(): UInt = seconds.coerceIn(1, LONGEST_LIMIT).toUInt()

private fun DeviceInfo.toFfi() = FfiDevice(tac, imei?.value, capabilities.toFfi())

private fun DeviceCapabilities.toFfi() = FfiCapabilities(
    gsm = gsm,
    utran = utran,
    eutranEpc = eutranEpc,
    eutran5gc = eutran5gc,
    nrEpc = nrEpc,
    nr5gc = nr5gc,
    contactless = contactless,
    rspCrl = rspCrl,
)

private fun List<CardAccess>.toFfi() = map { FfiAccess.valueOf(it.name) }

internal fun PhoneFacts.toFfi() = FfiFacts(
    system = PhoneSystem.Android(apiLevel.coerceAtLeast(0).toUInt()),
    standing = FfiStanding.valueOf(standing.name),
    esim = esim,
    sims = sims?.toFfi(),
    slots = slots?.toFfi(),
    readers = readers?.toFfi(),
    opensSetupLinks = opensSetupLinks,
)
