package io.github.lpakit.system.internal

import android.content.Context
import android.os.Build
import android.telephony.SubscriptionManager
import android.telephony.TelephonyManager
import io.github.lpakit.LpaException
import io.github.lpakit.LpaKit
import io.github.lpakit.LpaOptions
import io.github.lpakit.system.SystemLpaHost
import io.github.lpakit.system.TelephonyCards
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.isActive
import kotlinx.coroutines.job
import kotlinx.coroutines.runBlocking
import java.util.WeakHashMap
import java.util.concurrent.ConcurrentHashMap

/** The phone's LPA: what its service and its screens share. It lives as long as the process. */
internal class House private constructor(val application: Context) {
    val cards = TelephonyCards(application)
    val wiring = Wiring(cards)
    val host: SystemLpaHost = application as? SystemLpaHost ?: Defaults

    /** What goes on whether or not somebody waits for it; the service may be unbound at any moment. */
    val scope = CoroutineScope(SupervisorJob() + Dispatchers.IO)
    private val desks = ConcurrentHashMap<Int, Desk>()

    /** What is at hand for the eUICC in this slot; `os.no_such_slot` where none is. */
    @Throws(LpaException::class)
    fun desk(slot: Int): Desk {
        if (!scope.isActive) throw LpaKit.error("closed")
        val meant = if (slot < 0 && Build.VERSION.SDK_INT < Build.VERSION_CODES.Q) anySlot() else slot
        return desks.computeIfAbsent(cards.euicc(meant).slot) { Desk(this, it) }
    }

    /** Android 9 may leave the choice to the LPA. */
    private fun anySlot(): Int = cards.euiccs().firstOrNull()?.slot ?: throw noSuchSlot()

    /** How the platform numbers the card in this slot, where it says so. */
    fun cardId(slot: Int): Int = knownCardId(slot) ?: TelephonyManager.UNSUPPORTED_CARD_ID

    private fun knownCardId(slot: Int): Int? = runCatching { cards.euicc(slot).cardId }.getOrNull()

    /** The desks that are in use. */
    fun desks(): List<Desk> = desks.values.sortedBy { it.slot }

    /** Has the platform read the list of profiles again, after a change that it did not ask for. */
    fun tellOfChange(slot: Int) {
        val subscriptions = application.getSystemService(SubscriptionManager::class.java) ?: return
        val card = knownCardId(slot)
        // Without the permission the platform finds out when it looks by itself.
        runCatching {
            if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.Q && card != null) {
                subscriptions.requestEmbeddedSubscriptionInfoListRefresh(card)
            } else {
                refreshAll(subscriptions)
            }
        }
    }

    private fun refreshAll(subscriptions: SubscriptionManager) = subscriptions.requestEmbeddedSubscriptionInfoListRefresh()

    /** Shuts everything down, as if the process ended. For tests. */
    fun close() {
        synchronized(HOUSES) { HOUSES.remove(application) }
        runBlocking {
            scope.coroutineContext.job.cancelAndJoin()
            desks().forEach { it.close() }
        }
        desks.clear()
    }

    private object Defaults : SystemLpaHost {
        override fun lpaOptions(slot: Int): LpaOptions = LpaOptions()
    }

    companion object {
        private val HOUSES = WeakHashMap<Context, House>()

        fun of(context: Context): House {
            val application = context.applicationContext ?: context
            return synchronized(HOUSES) { HOUSES.getOrPut(application) { House(application) } }
        }
    }
}
