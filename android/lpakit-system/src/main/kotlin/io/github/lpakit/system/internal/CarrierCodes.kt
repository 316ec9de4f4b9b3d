package io.github.lpakit.system.internal

import android.content.ComponentName
import android.content.Context
import android.content.Intent
import android.content.ServiceConnection
import android.os.Binder
import android.os.IBinder
import android.os.Parcel
import android.os.RemoteException
import android.service.euicc.EuiccService
import android.telephony.TelephonyManager
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.withTimeoutOrNull

/**
 * Asks the operator's app for the activation code of its subscriber. Only an app with carrier privileges is asked: one
 * that an operator's SIM in this phone lists.
 */
internal class CarrierCodes(private val house: House) {
    private val context: Context get() = house.application

    /** The code for the eUICC in this slot; nothing where no app has one. */
    suspend fun ask(slot: Int): String? {
        val eid = house.desk(slot).with { it.eid().value }
        return apps().firstNotNullOfOrNull { app -> withTimeoutOrNull(LIMIT_MILLIS) { ask(app, eid) } }
    }

    private fun apps(): List<ComponentName> {
        val intent = Intent(EuiccService.ACTION_BIND_CARRIER_PROVISIONING_SERVICE)
        val telephony = house.cards.telephony ?: return emptyList()
        return context.packageManager.queryIntentServices(intent, 0)
            .map { ComponentName(it.serviceInfo.packageName, it.serviceInfo.name) }
            .filter { isPrivileged(telephony, it.packageName) }
    }

    private fun isPrivileged(telephony: TelephonyManager, packageName: String): Boolean = try {
        val status = telephony.checkCarrierPrivilegesForPackageAnyPhone(packageName)
        status == TelephonyManager.CARRIER_PRIVILEGE_STATUS_HAS_ACCESS
    } catch (_: SecurityException) {
        false
    }

    private suspend fun ask(app: ComponentName, eid: String): String? {
        val answer = CompletableDeferred<String?>()
        val connection = Connection(eid, answer)
        val intent = Intent(EuiccService.ACTION_BIND_CARRIER_PROVISIONING_SERVICE).setComponent(app)
        try {
            if (!context.bindService(intent, connection, Context.BIND_AUTO_CREATE)) return null
            return answer.await()?.takeIf { it.isNotBlank() }
        } catch (_: SecurityException) {
            return null
        } finally {
            context.unbindService(connection)
        }
    }

    private class Connection(
        private val eid: String,
        private val answer: CompletableDeferred<String?>,
    ) : ServiceConnection {
        override fun onServiceConnected(name: ComponentName, service: IBinder) {
            val data = Parcel.obtain()
            try {
                data.writeInterfaceToken(SERVICE)
                data.writeString(eid)
                data.writeStrongBinder(CodeReceiver(answer))
                service.transact(GET_CODE_FOR_EID, data, null, IBinder.FLAG_ONEWAY)
            } catch (_: RemoteException) {
                answer.complete(null)
            } finally {
                data.recycle()
            }
        }

        override fun onServiceDisconnected(name: ComponentName) {
            answer.complete(null)
        }

        override fun onBindingDied(name: ComponentName) {
            answer.complete(null)
        }

        override fun onNullBinding(name: ComponentName) {
            answer.complete(null)
        }
    }

    /** `IGetActivationCodeCallback`, which is part of no SDK. */
    private class CodeReceiver(private val answer: CompletableDeferred<String?>) : Binder() {
        init {
            attachInterface(null, CALLBACK)
        }

        override fun onTransact(code: Int, data: Parcel, reply: Parcel?, flags: Int): Boolean {
            if (code != SUCCEEDED && code != FAILED) return super.onTransact(code, data, reply, flags)
            data.enforceInterface(CALLBACK)
            answer.complete(if (code == SUCCEEDED) data.readString() else null)
            return true
        }
    }

    private companion object {
        const val LIMIT_MILLIS = 30_000L
        const val SERVICE = "android.service.euicc.ICarrierEuiccProvisioningService"
        const val CALLBACK = "android.service.euicc.IGetActivationCodeCallback"
        const val GET_CODE_FOR_EID = IBinder.FIRST_CALL_TRANSACTION + 1
        const val SUCCEEDED = IBinder.FIRST_CALL_TRANSACTION
        const val FAILED = IBinder.FIRST_CALL_TRANSACTION + 1
    }
}
