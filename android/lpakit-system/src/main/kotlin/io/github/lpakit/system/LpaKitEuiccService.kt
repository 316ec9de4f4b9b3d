package io.github.lpakit.system

import android.os.Bundle
import android.service.euicc.DownloadSubscriptionResult
import android.service.euicc.EuiccService
import android.service.euicc.GetDefaultDownloadableSubscriptionListResult
import android.service.euicc.GetDownloadableSubscriptionMetadataResult
import android.service.euicc.GetEuiccProfileInfoListResult
import android.telephony.TelephonyManager
import android.telephony.euicc.DownloadableSubscription
import android.telephony.euicc.EuiccCardManager
import android.telephony.euicc.EuiccInfo
import android.telephony.euicc.EuiccManager
import io.github.lpakit.Iccid
import io.github.lpakit.Lpa
import io.github.lpakit.LpaException
import io.github.lpakit.LpaKit
import io.github.lpakit.MemoryReset
import io.github.lpakit.Need
import io.github.lpakit.system.internal.Downloads
import io.github.lpakit.system.internal.House
import io.github.lpakit.system.internal.Order
import io.github.lpakit.system.internal.Plans
import io.github.lpakit.system.internal.Reply
import io.github.lpakit.system.internal.deleteAnyway
import io.github.lpakit.system.internal.described
import io.github.lpakit.system.internal.dump
import io.github.lpakit.system.internal.enableAnyway
import io.github.lpakit.system.internal.toPlatform
import kotlinx.coroutines.runBlocking
import java.io.PrintWriter

/**
 * The phone's LPA as Android 9 to 15 want it. The platform calls it over its binder, from threads of the service's own;
 * none of the functions is for the main thread.
 *
 * Ready to be named in a manifest (this library's does), and open for makers of phones: what their phones have beyond the
 * standard, such as updates of the eUICC's own system, they override. Settings come from [SystemLpaHost]. Codes of
 * errors are those of [PlatformCodes].
 */
@Suppress("TooManyFunctions")
public open class LpaKitEuiccService : EuiccService() {
    private val house: House get() = House.of(this)

    override fun onGetEid(slotId: Int): String? = answering({ null }) { desk(slotId).with { it.eid().value } }

    override fun onGetEuiccInfo(slotId: Int): EuiccInfo =
        answering({ EuiccInfo(null) }) { EuiccInfo(desk(slotId).with { it.chip().firmwareVersion }) }

    /** The free memory that the eUICC tells, in octets. */
    override fun onGetAvailableMemoryInBytes(slotId: Int): Long =
        answering({ EuiccManager.EUICC_MEMORY_FIELD_UNAVAILABLE }) { desk(slotId).with { it.chip().freeMemory } }

    override fun onGetEuiccProfileInfoList(slotId: Int): GetEuiccProfileInfoListResult =
        answering({ GetEuiccProfileInfoListResult(PlatformCodes.of(it), null, false) }) {
            val desk = desk(slotId)
            val profiles = desk.with { it.profilesInDetail() }
            GetEuiccProfileInfoListResult(RESULT_OK, profiles.map { it.toPlatform() }.toTypedArray(), desk.isRemovable)
        }

    override fun onGetDownloadableSubscriptionMetadata(
        slotId: Int,
        subscription: DownloadableSubscription,
        forceDeactivateSim: Boolean,
    ): GetDownloadableSubscriptionMetadataResult = metadata(slotId, null, subscription, forceDeactivateSim)

    override fun onGetDownloadableSubscriptionMetadata(
        slotId: Int,
        portIndex: Int,
        subscription: DownloadableSubscription,
        forceDeactivateSim: Boolean,
    ): GetDownloadableSubscriptionMetadataResult = metadata(slotId, portIndex, subscription, forceDeactivateSim)

    private fun metadata(
        slotId: Int,
        port: Int?,
        subscription: DownloadableSubscription,
        force: Boolean,
    ): GetDownloadableSubscriptionMetadataResult =
        answering({ GetDownloadableSubscriptionMetadataResult(result(it, force), null) }) {
            val code = subscription.getEncodedActivationCode()
            val profile = desk(slotId).downloads.metadata(code, portOrNone(port), force)
            GetDownloadableSubscriptionMetadataResult(RESULT_OK, subscription.described(profile))
        }

    override fun onGetDefaultDownloadableSubscriptionList(
        slotId: Int,
        forceDeactivateSim: Boolean,
    ): GetDefaultDownloadableSubscriptionListResult =
        answering({ GetDefaultDownloadableSubscriptionListResult(result(it, forceDeactivateSim), null) }) {
            val plans = Plans(desk(slotId)).find(forceDeactivateSim)
            GetDefaultDownloadableSubscriptionListResult(RESULT_OK, plans.toTypedArray())
        }

    override fun onDownloadSubscription(
        slotId: Int,
        portIndex: Int,
        subscription: DownloadableSubscription,
        switchAfterDownload: Boolean,
        forceDeactivateSim: Boolean,
        resolvedBundle: Bundle?,
    ): DownloadSubscriptionResult =
        download(slotId, order(portIndex, subscription, switchAfterDownload, forceDeactivateSim, resolvedBundle))

    @Deprecated("Android 14 and later name a port.")
    override fun onDownloadSubscription(
        slotId: Int,
        subscription: DownloadableSubscription,
        switchAfterDownload: Boolean,
        forceDeactivateSim: Boolean,
        resolvedBundle: Bundle?,
    ): DownloadSubscriptionResult =
        download(slotId, order(null, subscription, switchAfterDownload, forceDeactivateSim, resolvedBundle))

    /** Android 9: a confirmation code is all that can be asked for; a profile with rules is refused. */
    @Deprecated("Android 10 and later call the one with a bundle.")
    override fun onDownloadSubscription(
        slotId: Int,
        subscription: DownloadableSubscription,
        switchAfterDownload: Boolean,
        forceDeactivateSim: Boolean,
    ): Int = answering({ result(it, forceDeactivateSim) }) {
        val order = order(null, subscription, switchAfterDownload, forceDeactivateSim, null)
        when (val reply = desk(slotId).downloads.download(order)) {
            is Reply.Installed -> RESULT_OK
            is Reply.Unanswered -> {
                if (reply.questions.any { it in Downloads.RULES }) throw LpaKit.error("input.consent_missing")
                RESULT_RESOLVABLE_ERRORS
            }
        }
    }

    private fun order(
        port: Int?,
        subscription: DownloadableSubscription,
        switchAfterDownload: Boolean,
        force: Boolean,
        resolved: Bundle?,
    ) = Order(
        code = subscription.getEncodedActivationCode(),
        confirmationCode = resolved?.getString(EXTRA_RESOLUTION_CONFIRMATION_CODE) ?: subscription.confirmationCode,
        areRulesAllowed = resolved?.getBoolean(EXTRA_RESOLUTION_ALLOW_POLICY_RULES) == true,
        port = portOrNone(port),
        isSwitchedOn = switchAfterDownload,
        mayGiveWay = force,
    )

    private fun download(slotId: Int, order: Order): DownloadSubscriptionResult {
        val card = house.cardId(slotId)
        return answering({ DownloadSubscriptionResult(result(it, order.mayGiveWay), 0, card) }) {
            when (val reply = desk(slotId).downloads.download(order)) {
                is Reply.Installed -> DownloadSubscriptionResult(RESULT_OK, 0, card)
                is Reply.Unanswered -> DownloadSubscriptionResult(RESULT_RESOLVABLE_ERRORS, flags(reply.questions), card)
            }
        }
    }

    private fun flags(questions: Set<Need>): Int {
        val code = if (Need.CONFIRMATION_CODE in questions) RESOLVABLE_ERROR_CONFIRMATION_CODE else 0
        val rules = if (questions.any { it in Downloads.RULES }) RESOLVABLE_ERROR_POLICY_RULES else 0
        return code or rules
    }

    /** Deletes a profile, which is switched off first where it is on. */
    override fun onDeleteSubscription(slotId: Int, iccid: String?): Int = code {
        desk(slotId).with { it.deleteAnyway(Iccid(iccid.orEmpty())) }
    }

    @Deprecated("Android 13 and later name a port.")
    override fun onSwitchToSubscription(slotId: Int, iccid: String?, forceDeactivateSim: Boolean): Int =
        switch(slotId, null, iccid, forceDeactivateSim)

    override fun onSwitchToSubscriptionWithPort(
        slotId: Int,
        portIndex: Int,
        iccid: String?,
        forceDeactivateSim: Boolean,
    ): Int = switch(slotId, portIndex, iccid, forceDeactivateSim)

    private fun switch(slotId: Int, port: Int?, iccid: String?, force: Boolean): Int = code(force) {
        desk(slotId).with(portOrNone(port), force) { lpa ->
            if (iccid == null) switchOff(lpa) else lpa.enableAnyway(Iccid(iccid))
        }
    }

    private suspend fun switchOff(lpa: Lpa) {
        lpa.profiles().filter { it.isEnabled }.forEach { lpa.disable(it.iccid) }
    }

    override fun onUpdateSubscriptionNickname(slotId: Int, iccid: String?, nickname: String?): Int = code {
        desk(slotId).with { it.rename(Iccid(iccid.orEmpty()), nickname.orEmpty()) }
    }

    /** Deletes all operational profiles. */
    @Deprecated("Android 11 and later say what is to be erased.")
    override fun onEraseSubscriptions(slotId: Int): Int =
        erase(slotId, EuiccCardManager.RESET_OPTION_DELETE_OPERATIONAL_PROFILES)

    override fun onEraseSubscriptions(slotIndex: Int, options: Int): Int = erase(slotIndex, options)

    private fun erase(slotId: Int, options: Int): Int = code {
        val reset = MemoryReset(
            operationalProfiles = options and EuiccCardManager.RESET_OPTION_DELETE_OPERATIONAL_PROFILES != 0,
            fieldLoadedTestProfiles = options and EuiccCardManager.RESET_OPTION_DELETE_FIELD_LOADED_TEST_PROFILES != 0,
            defaultSmdpAddress = options and EuiccCardManager.RESET_OPTION_RESET_DEFAULT_SMDP_ADDRESS != 0,
        )
        try {
            // A phone that is being reset asks nobody which SIM may give way.
            desk(slotId).with(mayGiveWay = true) { it.resetMemory(reset) }
        } catch (error: LpaException) {
            if (error.key != "card.reset.nothing") throw error
        }
    }

    /**
     * The person keeps the eSIMs when the phone is reset. This LPA erases nothing but when it is asked to, so there is
     * nothing to be done. A phone whose first start after a reset erases by itself overrides this and leaves word for it
     * where the reset does not reach.
     */
    override fun onRetainSubscriptionsForFactoryReset(slotId: Int): Int = code { desk(slotId) }

    /** Updates of the eUICC's own system are its maker's business: none is known of. */
    override fun onGetOtaStatus(slotId: Int): Int = EuiccManager.EUICC_OTA_STATUS_UNAVAILABLE

    /** As [onGetOtaStatus]. */
    override fun onStartOtaIfNecessary(slotId: Int, statusChangedCallback: OtaStatusChangedCallback): Unit =
        statusChangedCallback.onOtaStatusChanged(onGetOtaStatus(slotId))

    /** What a bug report may hold of the LPA: no identifiers, no codes. */
    override fun dump(printWriter: PrintWriter): Unit = house.dump(printWriter)

    private fun code(force: Boolean = true, work: suspend House.() -> Any?): Int =
        answering({ result(it, force) }) {
            work()
            RESULT_OK
        }

    /** Where another SIM has to give way, the platform asks the person, and comes back with [force]. */
    private fun result(error: LpaException, force: Boolean): Int =
        if (!force && error.key == "os.deactivate_sim") RESULT_MUST_DEACTIVATE_SIM else PlatformCodes.of(error)

    private fun portOrNone(port: Int?): Int? = port?.takeIf { it != TelephonyManager.INVALID_PORT_INDEX }

    private fun <T> answering(otherwise: (LpaException) -> T, work: suspend House.() -> T): T = try {
        runBlocking { house.work() }
    } catch (error: LpaException) {
        otherwise(error)
    } catch (_: InterruptedException) {
        // The service was unbound. A download goes on without it.
        otherwise(LpaKit.error("closed"))
    }
}
