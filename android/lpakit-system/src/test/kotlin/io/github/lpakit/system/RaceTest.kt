package io.github.lpakit.system

import android.service.euicc.EuiccService.RESULT_OK
import io.github.lpakit.LpaKit
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config
import java.util.concurrent.TimeUnit

@RunWith(RobolectricTestRunner::class)
@Config(application = PhoneApplication::class)
class RaceTest {
    @Test
    fun aServiceThatIsUnboundInTheMiddleLosesNothing() = scene {
        val code = stage.act("order name=Weekend")
        stage.act("hold net getBoundProfilePackage")
        val lost = begin(code)
        stage.act("wait held")
        unbind()
        assertEquals(PlatformCodes.of(LpaKit.error("closed")), lost.get(LIMIT, TimeUnit.SECONDS).result)
        stage.act("release")
        // The platform asks again, with the same code.
        assertEquals(RESULT_OK, download(code).result)
        assertEquals("Weekend", profiles().single().profileName)
        assertTrue(stage.act("state server"), "Weekend:installed" in stage.act("state server"))
    }

    @Test
    fun twoCallersWithOneCodeGetOneProfile() = scene {
        val code = stage.act("order")
        stage.act("hold net getBoundProfilePackage")
        val first = begin(code)
        stage.act("wait held")
        val second = begin(code)
        stage.act("release")
        assertEquals(RESULT_OK, first.get(LIMIT, TimeUnit.SECONDS).result)
        assertEquals(RESULT_OK, second.get(LIMIT, TimeUnit.SECONDS).result)
        assertEquals(1, profiles().size)
    }

    @Test
    fun twoCallersWithTwoCodesGetTwoProfiles() = scene {
        val codes = listOf(stage.act("order name=A"), stage.act("order name=B"))
        stage.act("hold net getBoundProfilePackage")
        val first = begin(codes[0])
        stage.act("wait held")
        val second = begin(codes[1])
        assertEquals("a list does not wait for a download", 0, profiles().size)
        stage.act("release")
        assertEquals(RESULT_OK, first.get(LIMIT, TimeUnit.SECONDS).result)
        assertEquals(RESULT_OK, second.get(LIMIT, TimeUnit.SECONDS).result)
        assertEquals(setOf("A", "B"), profiles().map { it.profileName }.toSet())
    }

    @Test
    fun anOfferThatNobodyCameBackForMakesRoom() = scene {
        val left = stage.act("order name=Left")
        assertEquals(RESULT_OK, metadata(left).getResult())
        assertEquals(RESULT_OK, download(stage.act("order name=Taken")).result)
        assertEquals("the first is as good as ever", RESULT_OK, download(left).result)
        assertEquals(2, profiles().size)
    }

    private companion object {
        const val LIMIT = ServiceScene.LIMIT_SECONDS
    }
}
