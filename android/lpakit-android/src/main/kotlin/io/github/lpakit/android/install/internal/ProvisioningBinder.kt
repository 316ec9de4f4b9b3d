package io.github.lpakit.android.install.internal

import android.os.Binder
import android.os.IBinder
import android.os.Parcel
import android.os.RemoteException
import io.github.lpakit.ActivationCode
import io.github.lpakit.Eid
import io.github.lpakit.android.install.CarrierProvisioningService
import java.util.concurrent.Executors
import java.util.concurrent.atomic.AtomicReference

/**
 * The binder by which an LPA asks a carrier's app for a code: `ICarrierEuiccProvisioningService`, which the public SDK
 * does not hold. Its calls are 1 (a callback) and 2 (an EID, a callback); the callback's are 1 (a code) and 2 (failed).
 */
internal class ProvisioningBinder(private val service: CarrierProvisioningService) : Binder() {
    init {
        attachInterface(null, SERVICE)
    }

    override fun onTransact(code: Int, data: Parcel, reply: Parcel?, flags: Int): Boolean {
        if (code != GET_CODE && code != GET_CODE_FOR_EID) return super.onTransact(code, data, reply, flags)
        data.enforceInterface(SERVICE)
        val eid = if (code == GET_CODE_FOR_EID) data.readString().orEmpty() else null
        val callback = data.readStrongBinder()
        if (callback != null) answer(eid, Answer(callback))
        reply?.writeNoException()
        return true
    }

    private fun answer(eid: String?, answer: Answer) {
        val isTrusted = service.trusts(getCallingUid())
        if (!isTrusted || (eid != null && !EID.matches(eid))) return answer.refuse()
        worker.execute {
            try {
                service.request(eid?.let(::Eid), answer)
            } catch (_: Exception) {
                answer.refuse()
            }
        }
    }

    private class Answer(callback: IBinder) : CarrierProvisioningService.CodeAnswer {
        private val callback = AtomicReference<IBinder?>(callback)

        override fun give(code: ActivationCode) = send(SUCCEEDED) { it.writeString(code.toText()) }

        override fun refuse() = send(FAILED) {}

        private fun send(call: Int, fill: (Parcel) -> Unit) {
            val callback = callback.getAndSet(null) ?: return
            val data = Parcel.obtain()
            try {
                data.writeInterfaceToken(CALLBACK)
                fill(data)
                callback.transact(call, data, null, IBinder.FLAG_ONEWAY)
            } catch (_: RemoteException) {
                // The LPA has gone; it asks again if it wants to.
            } finally {
                data.recycle()
            }
        }
    }

    private companion object {
        const val SERVICE = "android.service.euicc.ICarrierEuiccProvisioningService"
        const val CALLBACK = "android.service.euicc.IGetActivationCodeCallback"
        const val GET_CODE = IBinder.FIRST_CALL_TRANSACTION
        const val GET_CODE_FOR_EID = IBinder.FIRST_CALL_TRANSACTION + 1
        const val SUCCEEDED = IBinder.FIRST_CALL_TRANSACTION
        const val FAILED = IBinder.FIRST_CALL_TRANSACTION + 1
        val EID = Regex("[0-9]{32}")
        val worker = Executors.newSingleThreadExecutor { Thread(it, "lpakit-provisioning").apply { isDaemon = true } }
    }
}
