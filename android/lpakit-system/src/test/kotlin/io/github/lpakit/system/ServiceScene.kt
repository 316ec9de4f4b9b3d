@file:Suppress("DEPRECATION")

package io.github.lpakit.system

import android.app.Application
import android.content.Context
import android.content.Intent
import android.os.Build
import android.os.Bundle
import android.service.euicc.DownloadSubscriptionResult
import android.service.euicc.EuiccProfileInfo
import android.service.euicc.EuiccService
import android.service.euicc.GetDownloadableSubscriptionMetadataResult
import android.service.euicc.GetEuiccProfileInfoListResult
import android.service.euicc.IEuiccService
import android.telephony.TelephonyManager
import android.telephony.euicc.DownloadableSubscription
import io.github.lpakit.CardChannel
import io.github.lpakit.LpaOptions
import io.github.lpakit.robolectric.telephony.Answer
import io.github.lpakit.robolectric.telephony.BinderClient
import io.github.lpakit.robolectric.telephony.FakePhone
import io.github.lpakit.robolectric.telephony.FakePort
import io.github.lpakit.robolectric.telephony.FakeSlot
import io.github.lpakit.sandbox.Stage
import io.github.lpakit.system.internal.House
import org.robolectric.Robolectric
import org.robolectric.RuntimeEnvironment
import org.robolectric.android.controller.ServiceController
import java.util.concurrent.CompletableFuture
import java.util.concurrent.TimeUnit

/** The LPA's application in tests: it trusts the stage's servers. On Android 9 it brings a way to the card of its own. */
class PhoneApplication : Application(), SystemLpaHost {
    lateinit var stage: Stage
    lateinit var phone: FakePhone

    override fun lpaOptions(slot: Int): LpaOptions = stage.options(LpaOptions())

    override fun card(context: Context, slot: Int, port: Int): CardChannel =
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.Q) {
            super<SystemLpaHost>.card(context, slot, port)
        } else {
            checkNotNull(phone.slots[slot].card)
        }
}

/** How a download ended: the result, and what the platform has to ask. */
data class Downloaded(val result: Int, val questions: Int)

/**
 * A phone with a SIM in slot 0 and an eUICC in slot 1, its LPA, and the platform's side of the binder. The eUICC is
 * [awake] unless the SIM is to give way first.
 */
class ServiceScene(awake: Boolean = true) : AutoCloseable {
    val application = RuntimeEnvironment.getApplication() as PhoneApplication
    val stage = Stage().also { application.stage = it }
    val sim = FakeSlot(stage.channels(2), isEuicc = false, isRemovable = true, ports = listOf(FakePort(0, 0)))
    val euicc = FakeSlot(stage.channels(), ports = listOf(FakePort(0, if (awake) 1 else null), FakePort(1, null)))
    val phone = FakePhone(application, mutableListOf(sim, euicc)).also { application.phone = it }
    internal val house: House get() = House.of(application)

    private var controller: ServiceController<LpaKitEuiccService> = bound()
    var platform = client()
        private set

    private fun bound() = Robolectric.buildService(LpaKitEuiccService::class.java).create()

    private fun client() = BinderClient(IEuiccService::class.java, checkNotNull(controller.get().onBind(Intent())))

    val service: LpaKitEuiccService get() = controller.get()

    /** The platform lets the service go, and binds it again. */
    fun unbind() {
        controller.destroy()
        controller = bound()
        platform = client()
    }

    fun list(): GetEuiccProfileInfoListResult = platform.ask("getEuiccProfileInfoList", SLOT) as GetEuiccProfileInfoListResult

    fun profiles(): List<EuiccProfileInfo> =
        list().also { check(it.result == EuiccService.RESULT_OK) { "result ${it.result}" } }.profiles.orEmpty()

    fun metadata(
        code: String?,
        force: Boolean = false,
        slot: Int = SLOT,
        confirmationCode: String? = null,
    ): GetDownloadableSubscriptionMetadataResult {
        val plan = DownloadableSubscription.forActivationCode(code)
        plan.confirmationCode = confirmationCode
        val values = when (platform.valuesOf("getDownloadableSubscriptionMetadata")) {
            WITH_PORT -> arrayOf(slot, 0, plan, false, force)
            else -> arrayOf<Any?>(slot, plan, force)
        }
        return platform.ask("getDownloadableSubscriptionMetadata", *values) as GetDownloadableSubscriptionMetadataResult
    }

    fun begin(
        code: String?,
        confirmationCode: String? = null,
        switch: Boolean = false,
        force: Boolean = false,
        resolved: Bundle? = null,
        slot: Int = SLOT,
        port: Int = TelephonyManager.INVALID_PORT_INDEX,
    ): CompletableFuture<Downloaded> {
        val plan = DownloadableSubscription.forActivationCode(code)
        plan.confirmationCode = confirmationCode ?: resolved?.getString(EuiccService.EXTRA_RESOLUTION_CONFIRMATION_CODE)
        val values = when (platform.valuesOf("downloadSubscription")) {
            WITH_BUNDLE -> arrayOf(slot, port, plan, switch, force, resolved)
            else -> arrayOf<Any?>(slot, plan, switch, force)
        }
        return platform.call("downloadSubscription", *values).thenApply(::downloaded)
    }

    private fun downloaded(answer: Answer): Downloaded = when (val value = answer.value) {
        is Int -> Downloaded(value, 0)
        else -> (value as DownloadSubscriptionResult).let { Downloaded(it.result, it.resolvableErrors) }
    }

    fun download(
        code: String?,
        confirmationCode: String? = null,
        switch: Boolean = false,
        force: Boolean = false,
        resolved: Bundle? = null,
        slot: Int = SLOT,
        port: Int = TelephonyManager.INVALID_PORT_INDEX,
    ): Downloaded = begin(code, confirmationCode, switch, force, resolved, slot, port).get(LIMIT_SECONDS, TimeUnit.SECONDS)

    fun switchTo(iccid: String?, port: Int? = null, force: Boolean = false, slot: Int = SLOT): Int {
        val values = when (platform.valuesOf("switchToSubscription")) {
            WITH_PORT -> arrayOf<Any?>(slot, port ?: -1, iccid, force, port != null)
            else -> arrayOf<Any?>(slot, iccid, force)
        }
        return platform.ask("switchToSubscription", *values) as Int
    }

    /** An installed profile's ICCID. */
    fun installed(switch: Boolean = false, order: String = "order"): String {
        val before = profiles().map { it.iccid }
        check(download(stage.act(order), switch = switch).result == EuiccService.RESULT_OK)
        return profiles().map { it.iccid }.single { it !in before }
    }

    override fun close() {
        runCatching { stage.act("release") }
        controller.destroy()
        house.close()
        phone.close()
        stage.close()
    }

    companion object {
        const val SLOT = 1
        const val LIMIT_SECONDS = 60L
        private const val WITH_PORT = 5
        private const val WITH_BUNDLE = 6
    }
}

fun scene(awake: Boolean = true, block: ServiceScene.() -> Unit): Unit = ServiceScene(awake).use { it.block() }

/** What the person answered, as the platform hands it on. */
fun answers(code: String? = null, rules: Boolean? = null) = Bundle().apply {
    code?.let { putString(EuiccService.EXTRA_RESOLUTION_CONFIRMATION_CODE, it) }
    rules?.let { putBoolean(EuiccService.EXTRA_RESOLUTION_ALLOW_POLICY_RULES, it) }
}
