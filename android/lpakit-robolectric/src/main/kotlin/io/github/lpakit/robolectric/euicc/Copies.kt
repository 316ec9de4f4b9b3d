package io.github.lpakit.robolectric.euicc

import android.os.Parcel
import android.telephony.euicc.DownloadableSubscription

/** A subscription as it comes out of another process. */
internal fun copied(subscription: DownloadableSubscription): DownloadableSubscription {
    val parcel = Parcel.obtain()
    try {
        subscription.writeToParcel(parcel, 0)
        parcel.setDataPosition(0)
        return DownloadableSubscription.CREATOR.createFromParcel(parcel)
    } finally {
        parcel.recycle()
    }
}
