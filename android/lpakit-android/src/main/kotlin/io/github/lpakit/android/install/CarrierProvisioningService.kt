package io.github.lpakit.android.install

import android.app.Service
import android.content.Intent
import android.content.pm.PackageManager
import android.os.IBinder
import io.github.lpakit.ActivationCode
import io.github.lpakit.Eid
import io.github.lpakit.android.install.internal.ProvisioningBinder

/**
 * Where the phone's LPA asks an operator's app for the activation code of its subscriber, after
 * [EsimScreens.startActivation], or when the person chooses the operator in the phone's settings. An app extends it and
 * declares it in its manifest:
 *
 * ```xml
 * <service android:name=".MyProvisioningService" android:exported="true"
 *     android:permission="android.permission.WRITE_EMBEDDED_SUBSCRIPTIONS">
 *   <intent-filter>
 *     <action android:name="android.service.euicc.action.BIND_CARRIER_PROVISIONING_SERVICE" />
 *   </intent-filter>
 * </service>
 * ```
 *
 * A code is worth a plan, so this answers no other app, whatever the manifest says.
 */
public abstract class CarrierProvisioningService : Service() {
    private val binder by lazy { ProvisioningBinder(this) }

    /**
     * The LPA wants a code, for the eUICC with this [eid] if it names one. Called on a thread of lpakit, which may block;
     * [answer] may be used from any thread, later too. An exception refuses.
     */
    protected abstract fun onCodeRequested(eid: Eid?, answer: CodeAnswer)

    /** Whether a caller, given by its uid, may ask: who may manage the phone's eSIMs, as every LPA must. */
    protected open fun isTrusted(callerUid: Int): Boolean =
        checkCallingPermission(MANAGE_ESIMS) == PackageManager.PERMISSION_GRANTED

    final override fun onBind(intent: Intent?): IBinder? = binder.takeIf { intent?.action == ACTION }

    internal fun trusts(callerUid: Int): Boolean = isTrusted(callerUid)

    internal fun request(eid: Eid?, answer: CodeAnswer) = onCodeRequested(eid, answer)

    /** Takes the answer to [onCodeRequested]; the first one counts. */
    public interface CodeAnswer {
        /** Here is the code. */
        public fun give(code: ActivationCode)

        /** There is none. */
        public fun refuse()
    }

    private companion object {
        /** `EuiccService.ACTION_BIND_CARRIER_PROVISIONING_SERVICE`, which is not public. */
        const val ACTION = "android.service.euicc.action.BIND_CARRIER_PROVISIONING_SERVICE"
        const val MANAGE_ESIMS = "android.permission.WRITE_EMBEDDED_SUBSCRIPTIONS"
    }
}
