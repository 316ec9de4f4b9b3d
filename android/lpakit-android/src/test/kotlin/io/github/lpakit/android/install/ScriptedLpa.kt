package io.github.lpakit.android.install

import android.service.euicc.EuiccService
import android.telephony.UiccAccessRule
import android.telephony.euicc.DownloadableSubscription
import io.github.lpakit.robolectric.euicc.Downloaded
import io.github.lpakit.robolectric.euicc.LpaService
import io.github.lpakit.robolectric.euicc.Metadata
import io.github.lpakit.robolectric.euicc.Order
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CopyOnWriteArrayList

/** A phone's LPA that answers what a test tells it to. */
class ScriptedLpa(@Volatile var rules: List<UiccAccessRule>) : LpaService {
    /** What downloads answer, one after the other; when there are no more, they succeed. */
    val downloads = ConcurrentLinkedQueue<(Order) -> Int>()

    /** With `RESULT_RESOLVABLE_ERRORS`, what is to be resolved. */
    @Volatile
    var errors = EuiccService.RESOLVABLE_ERROR_CONFIRMATION_CODE

    /** What metadata answers, one after the other; when there are no more, it succeeds. */
    val looks = ConcurrentLinkedQueue<Int>()

    /** What everything else answers. */
    @Volatile
    var result = EuiccService.RESULT_OK

    val orders = CopyOnWriteArrayList<Order>()
    val log = CopyOnWriteArrayList<String>()

    override fun metadata(
        slot: Int,
        port: Int,
        subscription: DownloadableSubscription,
        mayDeactivateSim: Boolean,
    ): Metadata {
        val result = looks.poll() ?: EuiccService.RESULT_OK
        @Suppress("DEPRECATION")
        subscription.setAccessRules(rules)
        return Metadata(result, subscription.takeIf { result == EuiccService.RESULT_OK })
    }

    override fun download(order: Order): Downloaded {
        orders += order
        val result = downloads.poll()?.invoke(order) ?: EuiccService.RESULT_OK
        return Downloaded(result, if (result == EuiccService.RESULT_RESOLVABLE_ERRORS) errors else 0)
    }

    override fun switchTo(slot: Int, port: Int?, iccid: String?, mayDeactivateSim: Boolean): Int =
        told("switch $iccid port $port force $mayDeactivateSim")

    override fun delete(slot: Int, iccid: String): Int = told("delete $iccid")

    override fun rename(slot: Int, iccid: String, name: String): Int = told("rename $iccid $name")

    private fun told(what: String): Int {
        log += what
        return result
    }
}
