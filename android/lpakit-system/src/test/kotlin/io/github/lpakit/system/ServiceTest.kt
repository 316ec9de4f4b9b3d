package io.github.lpakit.system

import android.os.Build
import android.service.euicc.EuiccProfileInfo
import android.service.euicc.EuiccService
import android.service.euicc.EuiccService.RESULT_OK
import android.service.euicc.GetDefaultDownloadableSubscriptionListResult
import android.telephony.UiccAccessRule
import android.telephony.euicc.EuiccCardManager
import android.telephony.euicc.EuiccInfo
import android.telephony.euicc.EuiccManager
import io.github.lpakit.LpaKit
import io.github.lpakit.robolectric.telephony.FakeSlot.Mood
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config
import java.lang.reflect.Modifier

@RunWith(RobolectricTestRunner::class)
@Config(application = PhoneApplication::class)
class ServiceTest {
    @Test
    fun everyFunctionOfThePlatformIsOverridden() {
        val wanted = EuiccService::class.java.declaredMethods.filter { method ->
            val isForLpas = Modifier.isPublic(method.modifiers) || Modifier.isProtected(method.modifiers)
            isForLpas && !Modifier.isStatic(method.modifiers) && (method.name.startsWith("on") || method.name == "dump") &&
                method.name !in LIFE_OF_A_SERVICE
        }
        assertTrue(wanted.toString(), wanted.size >= 13)
        val missing = wanted.filterNot { method ->
            LpaKitEuiccService::class.java.declaredMethods.any {
                it.name == method.name && it.parameterTypes.contentEquals(method.parameterTypes)
            }
        }
        assertEquals(emptyList<Any>(), missing)
    }

    @Test
    fun whatTheChipSaysOfItself() = scene {
        assertEquals(32, (platform.ask("getEid", ServiceScene.SLOT) as String).length)
        val info = platform.ask("getEuiccInfo", ServiceScene.SLOT) as EuiccInfo
        assertTrue(info.osVersion, info.osVersion.orEmpty().matches(Regex("\\d+\\.\\d+\\.\\d+")))
        assertEquals(EuiccManager.EUICC_OTA_STATUS_UNAVAILABLE, platform.ask("getOtaStatus", ServiceScene.SLOT))
        assertEquals(EuiccManager.EUICC_OTA_STATUS_UNAVAILABLE, platform.ask("startOtaIfNecessary", ServiceScene.SLOT))
        assertEquals(RESULT_OK, platform.ask("retainSubscriptionsForFactoryReset", ServiceScene.SLOT))
    }

    @Test
    @Config(minSdk = 35)
    fun android15LearnsTheFreeMemory() = scene {
        val before = platform.ask("getAvailableMemoryInBytes", ServiceScene.SLOT) as Long
        installed()
        val after = platform.ask("getAvailableMemoryInBytes", ServiceScene.SLOT) as Long
        assertTrue("$before $after", after in 1 until before)
        assertEquals(EuiccManager.EUICC_MEMORY_FIELD_UNAVAILABLE, platform.ask("getAvailableMemoryInBytes", 9))
    }

    @Test
    fun theAppsThatAnOperatorTrustsReachThePlatform() = scene {
        val code = stage.act("order app=$HASH:com.example.carrier name=Weekend")
        val plan = checkNotNull(metadata(code).downloadableSubscription)
        val rule = UiccAccessRule(HASH.chunked(2).map { it.toInt(16).toByte() }.toByteArray(), "com.example.carrier", 0)
        assertEquals(listOf(rule), plan.accessRules)
        assertEquals(code, plan.getEncodedActivationCode())
        assertEquals(RESULT_OK, download(code).result)
        val profile = profiles().single()
        assertEquals(listOf(rule), profile.uiccAccessRules)
        assertEquals("Weekend", profile.profileName)
        assertEquals(EuiccProfileInfo.PROFILE_CLASS_OPERATIONAL, profile.profileClass)
        assertEquals(EuiccProfileInfo.PROFILE_STATE_DISABLED, profile.state)
        assertFalse(list().isRemovable)
    }

    @Test
    fun profilesAreSwitchedRenamedAndDeleted() = scene {
        val first = installed(order = "order name=First")
        val second = installed(order = "order name=Second")
        fun enabled() = profiles().filter { it.state == EuiccProfileInfo.PROFILE_STATE_ENABLED }.map { it.iccid }
        assertEquals(RESULT_OK, switchTo(first))
        assertEquals(listOf(first), enabled())
        assertEquals(RESULT_OK, switchTo(second))
        assertEquals(listOf(second), enabled())
        assertEquals("again is no failure", RESULT_OK, switchTo(second))
        assertEquals(RESULT_OK, switchTo(null))
        assertEquals(emptyList<String>(), enabled())
        assertEquals("nothing is on: nothing to do", RESULT_OK, switchTo(null))

        assertEquals(RESULT_OK, platform.ask("updateSubscriptionNickname", ServiceScene.SLOT, first, "Work"))
        assertEquals("Work", profiles().single { it.iccid == first }.nickname)
        val tooLong = platform.ask("updateSubscriptionNickname", ServiceScene.SLOT, first, "x".repeat(65))
        assertEquals(PlatformCodes.of(LpaKit.error("input.nickname_too_long")), tooLong)

        assertEquals(RESULT_OK, switchTo(first))
        assertEquals("switched off first", RESULT_OK, platform.ask("deleteSubscription", ServiceScene.SLOT, first))
        assertEquals(listOf(second), profiles().map { it.iccid })
        val gone = PlatformCodes.of(LpaKit.error("card.switch.not_found"))
        assertEquals(gone, platform.ask("deleteSubscription", ServiceScene.SLOT, first))
        assertEquals(gone, switchTo(first))
    }

    @Test
    @Config(minSdk = 33)
    fun switchingNamesAPort() = scene {
        val profile = installed()
        assertEquals(RESULT_OK, switchTo(profile, port = 0))
        assertEquals(EuiccProfileInfo.PROFILE_STATE_ENABLED, profiles().single().state)
        assertEquals("it sleeps", EuiccService.RESULT_MUST_DEACTIVATE_SIM, switchTo(profile, port = 1))
        assertEquals(PlatformCodes.of(LpaKit.error("os.no_such_port")), switchTo(profile, port = 7))
        assertEquals(RESULT_OK, switchTo(null, port = 0))
        phone.refusesToWire = true
        assertEquals(PlatformCodes.of(LpaKit.error("os.deactivate_sim")), switchTo(profile, port = 1, force = true))
    }

    @Test
    fun whatIsErasedIsChosen() = scene {
        installed(switch = true)
        assertEquals(RESULT_OK, platform.ask("eraseSubscriptions", ServiceScene.SLOT))
        assertEquals(emptyList<Any>(), profiles())
        assertEquals("nothing left is no failure", RESULT_OK, platform.ask("eraseSubscriptions", ServiceScene.SLOT))
        if (!platform.has("eraseSubscriptionsWithOptions")) return@scene
        fun erase(options: Int) = platform.ask("eraseSubscriptionsWithOptions", ServiceScene.SLOT, options)
        installed()
        assertEquals(RESULT_OK, erase(EuiccCardManager.RESET_OPTION_DELETE_FIELD_LOADED_TEST_PROFILES))
        assertEquals(1, profiles().size)
        assertEquals(PlatformCodes.of(LpaKit.error("input.reset_options")), erase(0))
        assertEquals(RESULT_OK, erase(EuiccCardManager.RESET_OPTION_DELETE_OPERATIONAL_PROFILES))
        assertEquals(0, profiles().size)
    }

    @Test
    fun plansThatWaitAreFoundAndDownloaded() = scene {
        fun plans() = platform.ask("getDefaultDownloadableSubscriptionList", ServiceScene.SLOT, false)
            as GetDefaultDownloadableSubscriptionListResult
        assertEquals(RESULT_OK, plans().getResult())
        assertEquals(0, plans().downloadableSubscriptions?.size ?: 0)
        stage.act("order smds name=Waiting")
        val plan = checkNotNull(plans().downloadableSubscriptions).single()
        assertNotEquals("", plan.carrierName)
        assertEquals(RESULT_OK, download(plan.getEncodedActivationCode()).result)
        assertEquals("Waiting", profiles().single().profileName)
        assertEquals(0, plans().downloadableSubscriptions?.size ?: 0)
    }

    @Test
    fun aPlanAtTheDefaultServerNeedsNoCode() = scene {
        stage.act("order default name=Default")
        assertEquals(RESULT_OK, download("").result)
        assertEquals("Default", profiles().single().profileName)
    }

    @Test
    @Config(minSdk = 29)
    fun aDumpTellsNoSecret() = scene {
        val code = stage.act("order name=Weekend")
        val profile = installed()
        metadata(code)
        val dump = platform.ask("dump") as String
        assertTrue(dump, "slot 1: built in, ports 0 awake, 1 asleep" in dump)
        assertTrue(dump, "an offer waits" in dump)
        val eid = platform.ask("getEid", ServiceScene.SLOT) as String
        for (secret in listOf(code, code.substringAfterLast('$'), profile, eid, "Weekend")) {
            assertFalse(dump, secret in dump)
        }
    }

    @Test
    fun slotsThatAreNotThere() = scene {
        val noSlot = PlatformCodes.of(LpaKit.error("os.no_such_slot"))
        for (slot in listOf(0, 2, Int.MAX_VALUE, Int.MIN_VALUE)) {
            if (slot < 0 && Build.VERSION.SDK_INT < Build.VERSION_CODES.Q) continue
            assertNull(platform.ask("getEid", slot))
            assertEquals(noSlot, metadata("1\$a.example\$b", slot = slot).getResult())
            assertEquals(noSlot, download("1\$a.example\$b", slot = slot).result)
            assertEquals(noSlot, switchTo("8944000000000000009", slot = slot))
            assertEquals(noSlot, platform.ask("deleteSubscription", slot, "8944000000000000009"))
            assertEquals(noSlot, platform.ask("eraseSubscriptions", slot))
            assertEquals(noSlot, platform.ask("retainSubscriptionsForFactoryReset", slot))
            assertNull((platform.ask("getEuiccInfo", slot) as EuiccInfo).osVersion)
        }
    }

    @Test
    @Config(maxSdk = 28)
    fun android9LeavesTheChoiceOfTheSlot() = scene {
        assertEquals(platform.ask("getEid", ServiceScene.SLOT), platform.ask("getEid", -1))
    }

    @Test
    fun junkIsRefusedWithTheRightCode() = scene {
        fun codeOf(key: String) = PlatformCodes.of(LpaKit.error(key))
        assertEquals(codeOf("activation_code.not_an_activation_code"), download("DROP TABLE; \u0007").result.also { assertTrue(it > 0) })
        assertEquals(codeOf("activation_code.web_page"), metadata("https://evil.example/x").getResult())
        assertEquals(codeOf("activation_code.too_long"), download("1\$" + "a".repeat(100_000)).result)
        assertEquals(codeOf("activation_code.invalid_address"), download("1\$no host\$x").result)
        assertEquals(codeOf("input.iccid"), switchTo("not digits"))
        assertEquals(codeOf("input.iccid"), platform.ask("deleteSubscription", ServiceScene.SLOT, null))
        assertArrayEquals(arrayOf<Any>(), profiles().toTypedArray())
    }

    @Test
    fun aCardThatIsTakenOutAndAServerThatIsDown() = scene {
        val code = stage.act("order")
        stage.act("server stop")
        assertEquals(PlatformCodes.of(LpaKit.error("network.unreachable")), download(code).result)
        stage.act("server start")
        stage.act("card pull")
        // A modem does not tell a card that is gone from one that does not answer.
        val isModem = Build.VERSION.SDK_INT >= Build.VERSION_CODES.Q
        assertEquals(PlatformCodes.of(LpaKit.error(if (isModem) "card.failed" else "card.gone")), download(code).result)
        stage.act("card insert")
        assertEquals(RESULT_OK, download(code).result)
    }

    @Test
    @Config(minSdk = 29)
    fun whatTheModemRefusesIsToldApart() = scene {
        val keys = mapOf(
            Mood.DENIED to "card.access_denied",
            Mood.NO_CHANNEL to "card.no_channel",
            Mood.NO_APPLICATION to "card.no_isdr",
            Mood.UNKNOWN_ERROR to "card.failed",
        )
        for ((mood, key) in keys) {
            euicc.mood = mood
            assertEquals(key, PlatformCodes.of(LpaKit.error(key)), list().getResult())
        }
        euicc.mood = Mood.WELL
        assertEquals(RESULT_OK, list().getResult())
    }

    @Test
    fun aServersRefusalKeepsItsNumbers() = scene {
        val code = stage.act("order expired")
        val refused = download(code).result
        assertEquals(EuiccManager.OPERATION_SMDX_SUBJECT_REASON_CODE, refused ushr 24)
        assertEquals(PlatformCodes.ofRefusal("8.8.5", "4.10"), refused)
    }

    private companion object {
        const val HASH = "00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF"
        val LIFE_OF_A_SERVICE = setOf("onCreate", "onDestroy", "onBind")
    }
}
