package io.github.lpakit.android.install.internal

import android.content.Context
import android.os.UserManager
import android.telephony.SubscriptionInfo
import android.telephony.SubscriptionManager
import android.telephony.euicc.EuiccManager
import io.github.lpakit.LpaException

/** What the system has for apps that want an eSIM. */
internal class SystemLpa(private val context: Context) {
    /** Whether there is one, and it is switched on. */
    fun isOpen(): Boolean = manager()?.isEnabled == true

    /** The way to it, or why there is none. */
    fun open(): EuiccManager {
        val manager = manager()?.takeIf { it.isEnabled } ?: throw Faults.of("os.no_esim")
        val user = context.getSystemService(UserManager::class.java)
        if (user?.hasUserRestriction(NO_SIM) == true) throw Faults.of("os.no_privilege")
        return manager
    }

    /** The profiles whose rules list this app; null when it cannot look. */
    fun visible(): List<SubscriptionInfo>? = try {
        context.getSystemService(SubscriptionManager::class.java)?.accessibleSubscriptionInfoList
    } catch (_: SecurityException) {
        null
    } catch (_: UnsupportedOperationException) {
        null
    }

    private fun manager(): EuiccManager? = context.getSystemService(Context.EUICC_SERVICE) as? EuiccManager

    /** Calls it. What it throws on the spot has changed nothing. [refused] is what a refusal means. */
    fun <T> call(refused: () -> LpaException, work: () -> T): T = try {
        work()
    } catch (_: SecurityException) {
        throw refused()
    } catch (_: UnsupportedOperationException) {
        throw Faults.of("os.no_esim")
    } catch (failure: RuntimeException) {
        // The system's process has died, or its release has another opinion of the arguments.
        throw Faults.of("os.failed", "code" to failure.javaClass.simpleName)
    }

    private companion object {
        /** `UserManager.DISALLOW_SIM_GLOBALLY`, from Android 15 on; before, nobody sets it. */
        const val NO_SIM = "no_sim_globally"
    }
}
