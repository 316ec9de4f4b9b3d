package io.github.lpakit.system

import android.service.carrier.CarrierIdentifier
import android.service.euicc.EuiccProfileInfo
import io.github.lpakit.Iccid
import io.github.lpakit.Operator
import io.github.lpakit.PolicyRules
import io.github.lpakit.Profile
import io.github.lpakit.ProfileClass
import io.github.lpakit.system.internal.toPlatform
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner

@RunWith(RobolectricTestRunner::class)
class ConversionsTest {
    private val plain = Profile(Iccid("8944000000000000009"), "Travel", isEnabled = true, serviceProviderName = "Operator")

    @Test
    fun theOwnerBecomesACarrier() {
        val owner = Operator("262-01", gid1 = listOf(0xAB.toByte()), gid2 = listOf(1, 2))
        val carrier = plain.copy(owner = owner).toPlatform().carrierIdentifier
        assertEquals(CarrierIdentifier("262", "01", "Operator", null, "AB", "0102"), carrier)
        for (odd in listOf("", "-", "262", "262-", "1-2-3")) {
            assertNull(odd, plain.copy(owner = Operator(odd)).toPlatform().carrierIdentifier)
        }
    }

    @Test
    fun classesAndRulesAreThePlatforms() {
        val classes = ProfileClass.entries.map { plain.copy(profileClass = it).toPlatform().profileClass }
        assertEquals(listOf(0, 1, 2, -1), classes)
        assertEquals(EuiccProfileInfo.POLICY_RULE_DO_NOT_DELETE, plain.copy(rules = PolicyRules(forbidsDeleting = true)).toPlatform().policyRules)
        assertEquals(0, plain.toPlatform().policyRules)
        assertEquals(EuiccProfileInfo.PROFILE_STATE_ENABLED, plain.toPlatform().state)
    }
}
