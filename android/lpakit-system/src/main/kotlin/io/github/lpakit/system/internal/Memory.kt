package io.github.lpakit.system.internal

import android.content.Context
import io.github.lpakit.Lpa
import io.github.lpakit.LpaOptions

/** What is kept of a card from one run to the next: what it is like, and what could not be delivered. No identifiers. */
internal class Memory(application: Context, private val slot: Int) {
    // The platform asks for profiles before the phone was unlocked for the first time.
    private val store by lazy {
        application.createDeviceProtectedStorageContext().getSharedPreferences("lpakit", Context.MODE_PRIVATE)
    }

    /** The settings, with what was kept where they say nothing themselves. */
    fun into(options: LpaOptions): LpaOptions {
        val builder = options.toBuilder()
        if (options.hints == null) builder.hints(store.getString("$HINTS$slot", null))
        if (options.deliveryMemory == null) builder.deliveryMemory(store.getString("$DELIVERIES$slot", null))
        return builder.build()
    }

    suspend fun keep(lpa: Lpa) {
        store.edit().putString("$HINTS$slot", lpa.hints()).putString("$DELIVERIES$slot", lpa.deliveryMemory()).apply()
    }

    private companion object {
        const val HINTS = "hints of slot "
        const val DELIVERIES = "deliveries of slot "
    }
}
