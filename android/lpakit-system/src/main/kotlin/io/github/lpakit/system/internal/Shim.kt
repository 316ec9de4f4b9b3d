package io.github.lpakit.system.internal

import io.github.lpakit.Lpa
import io.github.lpakit.Profile
import io.github.lpakit.ProfileDescription

internal class CarrierApp(val certificateHash: ByteArray, val packageName: String?)
internal val Profile.carrierApps: List<CarrierApp> get() = emptyList()
internal val ProfileDescription.carrierApps: List<CarrierApp> get() = emptyList()
internal suspend fun Lpa.profilesInDetail(): List<Profile> = profiles().map { profile(it.iccid) }
