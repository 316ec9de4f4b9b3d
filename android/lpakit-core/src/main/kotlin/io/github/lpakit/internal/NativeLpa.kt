package io.github.lpakit.internal

import io.github.lpakit.ActivationCode
import io.github.lpakit.ChipInfo
import io.github.lpakit.Discovery
import io.github.lpakit.Eid
import io.github.lpakit.ErrorKind
import io.github.lpakit.Euicc
import io.github.lpakit.Imei
import io.github.lpakit.InstallTask
import io.github.lpakit.Lpa
import io.github.lpakit.LpaException
import io.github.lpakit.MemoryReset
import io.github.lpakit.NotificationReport
import io.github.lpakit.Offer
import io.github.lpakit.PendingNotification
import io.github.lpakit.Profile
import io.github.lpakit.ProfileId
import io.github.lpakit.ProfileSource
import io.github.lpakit.RejectReason
import io.github.lpakit.SearchTrouble
import io.github.lpakit.Statistics
import io.github.lpakit.WaitingPlan
import io.github.lpakit.ffi.Cancellation
import io.github.lpakit.ffi.LpaInterface
import java.util.Locale
import io.github.lpakit.ffi.Lpa as FfiLpa
import io.github.lpakit.ffi.ProfileSource as FfiSource
import io.github.lpakit.ffi.WaitingPlan as FfiPlan

/** The LPA that the native library is. */
@Suppress("TooManyFunctions")
internal class NativeLpa(override val cardId: String, native: FfiLpa) : Lpa {
    private val handle = Handle(native)

    private suspend inline fun <T> short(crossinline call: suspend (LpaInterface) -> T): T =
        toItsEnd { handle.call { call(it) } }

    /** As [cancellable], with a cancellation of the native library. */
    private suspend fun <T> long(
        discard: suspend (T) -> Unit = {},
        call: suspend (LpaInterface, Cancellation) -> T,
    ): T =
        Cancellation().use { wish ->
            cancellable(wish::cancel, discard) { handle.call { call(it, wish) } }
        }

    override suspend fun euiccs(): List<Euicc> = short { lpa -> lpa.euiccs().map { it.toFacade() } }

    override fun euicc(isdrAid: String): Lpa = handle.call { NativeLpa(cardId, it.euicc(isdrAid)) }

    override suspend fun eid(): Eid = short { Eid(it.eid()) }

    override suspend fun chip(): ChipInfo = short { it.chip().toFacade() }

    override suspend fun shareText(imei: Imei?, locales: List<Locale>): String =
        short { it.shareText(imei?.value, locales.tags()) }

    override suspend fun setDefaultAddress(address: String): Unit = short { it.setDefaultAddress(address) }

    override fun parseActivationCode(text: String): ActivationCode =
        handle.call { NativeCode(it.parseActivationCode(text)) }

    override suspend fun profiles(): List<Profile> = short { lpa -> lpa.profiles().map { it.toFacade() } }

    override suspend fun profilesInDetail(): List<Profile> =
        short { lpa -> lpa.profilesInDetail().map { it.toFacade() } }

    override suspend fun profile(id: ProfileId): Profile = short { it.profile(id.text).toFacade() }

    override suspend fun enable(id: ProfileId): Profile = short { it.enable(id.text).toFacade() }

    override suspend fun disable(id: ProfileId): Profile = short { it.disable(id.text).toFacade() }

    override suspend fun delete(id: ProfileId): Unit = short { it.delete(id.text) }

    override suspend fun rename(id: ProfileId, name: String): Unit = short { it.rename(id.text, name) }

    override suspend fun resetMemory(what: MemoryReset): Unit = short { it.resetMemory(what.toFfi()) }

    override suspend fun discover(servers: List<String>): Discovery = long { lpa, wish ->
        val found = lpa.discover(servers, wish)
        Discovery(
            plans = found.plans.map(::NativePlan),
            troubles = found.troubles.map { SearchTrouble(it.server, it.error.toFacade()) },
        )
    }

    override suspend fun authenticate(source: ProfileSource): Offer =
        long(discard = { offer: Offer -> offer.reject(RejectReason.LATER) }) { lpa, wish ->
            NativeOffer(lpa.authenticate(source.toFfi(), wish))
        }

    override fun openOffer(): Offer? = handle.call { lpa -> lpa.openOffer()?.let(::NativeOffer) }

    override fun installTask(id: Long): InstallTask? =
        handle.call { lpa -> lpa.installTask(id.toULong())?.let(::NativeTask) }

    override fun installTasks(): List<InstallTask> = handle.call { lpa -> lpa.installTasks().map(::NativeTask) }

    override suspend fun notifications(): List<PendingNotification> =
        short { lpa -> lpa.notifications().map { it.toFacade() } }

    override suspend fun sendNotifications(): NotificationReport =
        long { lpa, wish -> lpa.sendNotifications(wish).toFacade() }

    override fun deliverSoon(): Unit = handle.call { it.deliverSoon() }

    override suspend fun removeNotification(seqNumber: Long): Unit =
        // A number that no notification can have is one that is not there, which is fine.
        if (seqNumber in 0..UInt.MAX_VALUE.toLong()) short { it.removeNotification(seqNumber.toUInt()) } else Unit

    override fun deliveryMemory(): String = handle.call { it.deliveryMemory() }

    override suspend fun hints(): String = short { it.hints() }

    override suspend fun releaseCard(): Unit = short { it.releaseCard() }

    override suspend fun statistics(): Statistics = short { it.statistics().toFacade() }

    override fun close() {
        // Closing what is closed is fine, and so is whatever goes wrong with it.
        runCatching { handle.call { it.shutdown() } }
        handle.free()
    }

    override suspend fun closeAndJoin() {
        if (handle.isGone) return
        try {
            short { it.shutdownAndWait() }
        } finally {
            handle.free()
        }
    }
}

/** A plan that the native library found. */
internal class NativePlan(val native: FfiPlan) : WaitingPlan {
    override val server: String = native.server()
    override val foundAt: String = native.foundAt()

    override fun toString(): String = "WaitingPlan(server=$server, foundAt=$foundAt)"
}

private fun ProfileSource.toFfi(): FfiSource = when (this) {
    is ProfileSource.Code -> FfiSource.Code(NativeCode.of(code))
    ProfileSource.DefaultServer -> FfiSource.DefaultServer
    is ProfileSource.Event -> FfiSource.Event((plan as? NativePlan ?: throw foreignPlan()).native)
}

/** A plan that no [Lpa.discover] has found, a fake one for instance. */
private fun foreignPlan() = LpaException(ErrorKind.INPUT, "input.setting", mapOf("name" to "plan"))
