package io.github.lpakit.system

import android.service.euicc.EuiccProfileInfo
import android.service.euicc.EuiccService.RESOLVABLE_ERROR_CONFIRMATION_CODE
import android.service.euicc.EuiccService.RESOLVABLE_ERROR_POLICY_RULES
import android.service.euicc.EuiccService.RESULT_MUST_DEACTIVATE_SIM
import android.service.euicc.EuiccService.RESULT_OK
import android.service.euicc.EuiccService.RESULT_RESOLVABLE_ERRORS
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config

@RunWith(RobolectricTestRunner::class)
@Config(application = PhoneApplication::class)
class DownloadTest {
    @Test
    fun aPlanIsDownloadedSwitchedOnAndItsOperatorTold() = scene {
        val code = stage.act("order name=Weekend")
        assertEquals(RESULT_OK, metadata(code).getResult())
        assertEquals(Downloaded(RESULT_OK, 0), download(code, switch = true))
        val profile = profiles().single()
        assertEquals("Weekend", profile.profileName)
        assertEquals(EuiccProfileInfo.PROFILE_STATE_ENABLED, profile.state)
        stage.act("wait handleNotification 1")
        assertTrue(stage.act("state server"), "orders=[Weekend:installed]" in stage.act("state server"))
    }

    @Test
    fun metadataAndDownloadAskTheServerOnce() = scene {
        val code = stage.act("order name=Weekend")
        assertEquals("sandbox", metadata(code).downloadableSubscription?.carrierName?.lowercase()?.take(7))
        stage.act("counts")
        assertEquals(RESULT_OK, download(code).result)
        // Package, and the result to the operator: the session of the metadata went on.
        val requests = stage.act("counts").substringAfter("requests=").toInt()
        assertTrue("$requests requests", requests <= 2)
    }

    @Test
    @Config(minSdk = 29)
    fun aConfirmationCodeIsAskedForUntilItIsRight() = scene {
        val code = stage.act("order code=4711 tries=3")
        val ask = Downloaded(RESULT_RESOLVABLE_ERRORS, RESOLVABLE_ERROR_CONFIRMATION_CODE)
        assertEquals(ask, download(code))
        assertEquals("a bundle without it", ask, download(code, resolved = answers()))
        assertEquals("blank", ask, download(code, resolved = answers(code = " ")))
        assertEquals("not a code", ask, download(code, resolved = answers(code = "x".repeat(1000))))
        assertEquals("wrong", ask, download(code, resolved = answers(code = "1234")))
        assertEquals(Downloaded(RESULT_OK, 0), download(code, resolved = answers(code = "4711")))
    }

    @Test
    @Config(minSdk = 29)
    fun rulesAreAskedForWithTheCode() = scene {
        val code = stage.act("order code=4711 ppr=1,2")
        val both = RESOLVABLE_ERROR_CONFIRMATION_CODE or RESOLVABLE_ERROR_POLICY_RULES
        assertEquals(Downloaded(RESULT_RESOLVABLE_ERRORS, both), download(code))
        assertEquals(
            Downloaded(RESULT_RESOLVABLE_ERRORS, RESOLVABLE_ERROR_POLICY_RULES),
            download(code, resolved = answers(code = "4711", rules = false)),
        )
        assertEquals(Downloaded(RESULT_OK, 0), download(code, resolved = answers(code = "4711", rules = true)))
        val rules = EuiccProfileInfo.POLICY_RULE_DO_NOT_DISABLE or EuiccProfileInfo.POLICY_RULE_DO_NOT_DELETE
        assertEquals(rules, profiles().single().policyRules)
    }

    @Test
    @Config(maxSdk = 28)
    fun android9AsksForTheCodeAndRefusesRules() = scene {
        val code = stage.act("order code=4711")
        assertEquals(RESULT_RESOLVABLE_ERRORS, download(code).result)
        assertEquals(RESULT_RESOLVABLE_ERRORS, download(code, confirmationCode = "1234").result)
        assertEquals(RESULT_OK, download(code, confirmationCode = "4711").result)
        val withRules = download(stage.act("order ppr=1")).result
        assertEquals(PlatformCodes.of(io.github.lpakit.LpaKit.error("input.consent_missing")), withRules)
    }

    @Test
    @Config(minSdk = 29)
    fun anotherSimGivesWayOnlyWhenThePersonAgreed() = scene(awake = false) {
        val code = stage.act("order")
        assertEquals(RESULT_MUST_DEACTIVATE_SIM, metadata(code).getResult())
        assertEquals(RESULT_MUST_DEACTIVATE_SIM, download(code).result)
        assertEquals(emptyList<String>(), phone.wirings)
        assertEquals(RESULT_OK, metadata(code, force = true).getResult())
        assertEquals(listOf("0=1.0"), phone.wirings)
        assertEquals(RESULT_OK, download(code, switch = true, force = true).result)
        assertEquals(EuiccProfileInfo.PROFILE_STATE_ENABLED, profiles().single().state)
    }
}
