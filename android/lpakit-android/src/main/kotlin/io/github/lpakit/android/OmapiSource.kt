package io.github.lpakit.android

import android.content.Context
import android.os.Build
import android.os.Handler
import android.os.Looper
import android.se.omapi.Reader
import android.telephony.SubscriptionManager
import android.telephony.SubscriptionManager.OnSubscriptionsChangedListener
import android.telephony.TelephonyManager
import io.github.lpakit.CardPortException
import io.github.lpakit.CardPortException.Reason
import io.github.lpakit.InstallRoute
import io.github.lpakit.Lpa
import io.github.lpakit.LpaKit
import io.github.lpakit.LpaOptions
import io.github.lpakit.android.internal.OmapiService
import io.github.lpakit.android.internal.ReadersInUse
import java.time.Duration

/**
 * The cards that OMAPI reaches: those in SIM slots, and secure elements of the phone. Whether this app may talk to a card
 * is for the card's access rules to say.
 */
public class OmapiSource @JvmOverloads constructor(
    context: Context,
    connectLimit: Duration = CONNECT_LIMIT,
) : CardSource {
    private val context = context.applicationContext ?: context
    private val service = OmapiService(this.context, connectLimit)

    override val route: InstallRoute get() = InstallRoute.SIM_CARD

    /** Keeps the service bound. */
    override fun prepare(): AutoCloseable {
        service.acquire()
        return AutoCloseable(service::release)
    }

    /** Null when the phone has no such service, it does not come in time, or this app may not bind to it. */
    override fun places(): List<CardPlace>? {
        service.acquire()
        return try {
            service.readers().map { Place(it) }.sortedBy { it.name }
        } catch (_: CardPortException) {
            null
        } catch (_: RuntimeException) {
            // The service's process ended just now.
            null
        } finally {
            service.release()
        }
    }

    /**
     * OMAPI itself tells nothing, and the broadcast of cards that come and go is for parts of the system. What every app
     * is told is that plans have changed.
     */
    override fun watch(changed: Runnable): AutoCloseable {
        // Meanwhile the service stays bound.
        service.acquire()
        val manager = context.getSystemService(SubscriptionManager::class.java)
        val main = Handler(Looper.getMainLooper())
        var listener: OnSubscriptionsChangedListener? = null
        // Android 9 has listeners on loopers only, which its followers still take. Not every device knows of plans.
        @Suppress("DEPRECATION")
        main.post {
            listener = object : OnSubscriptionsChangedListener() {
                override fun onSubscriptionsChanged(): Unit = changed.run()
            }
            runCatching { manager?.addOnSubscriptionsChangedListener(listener) }
        }
        return AutoCloseable {
            main.post { runCatching { manager?.removeOnSubscriptionsChangedListener(listener) } }
            service.release()
        }
    }

    private inner class Place(reader: Reader) : CardPlace {
        override val name: String = reader.name
        override val id: String = "omapi:$name"

        /** Readers of SIM slots are named `SIM` or `SIM1` and so on. */
        override val slot: Int? = Regex("SIM([0-9]?)").matchEntire(name)?.let { (it.groupValues[1].toIntOrNull() ?: 1) - 1 }
        override val isRemovable: Boolean? by lazy { slot?.let { isRemovable(context, it) } }
        override val isInUse: Boolean get() = ReadersInUse.has(name)

        override fun isPresent(): Boolean {
            service.acquire()
            return try {
                service.reader(name).isSecureElementPresent
            } catch (error: RuntimeException) {
                throw CardPortException(Reason.CONNECTION_FAILED, error)
            } finally {
                service.release()
            }
        }

        override fun open(options: LpaOptions): Lpa = LpaKit.open(id, OmapiCard(service, name), options)
    }

    /** The usual limit. */
    public companion object {
        /** How long to wait for the system's service. */
        @JvmField
        public val CONNECT_LIMIT: Duration = Duration.ofSeconds(5)
    }
}

/** Whether the card in this slot can be taken out: told to operators' apps and the system, from Android 13 by port. */
private fun isRemovable(context: Context, slot: Int): Boolean? {
    if (Build.VERSION.SDK_INT < Build.VERSION_CODES.TIRAMISU) return null
    val telephony = context.getSystemService(TelephonyManager::class.java) ?: return null
    val cards = try {
        telephony.uiccCardsInfo
    } catch (_: SecurityException) {
        return null
    } catch (_: UnsupportedOperationException) {
        return null
    }
    return cards.firstOrNull { card -> card.ports.any { it.logicalSlotIndex == slot } }?.isRemovable
}
