package io.github.lpakit.system

import android.os.Build
import io.github.lpakit.sandbox.Stage
import org.junit.Assert.assertEquals
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner

@RunWith(RobolectricTestRunner::class)
class ReleaseTest {
    @Test
    fun theReleaseIsTheOneThatMavenChose() {
        assertEquals(System.getProperty("robolectric.enabledSdks"), Build.VERSION.SDK_INT.toString())
    }

    @Test
    fun theSandboxRunsInsideOfAndroid() {
        Stage().use { assertEquals(1, it.channels().openChannel(ISD_R).number) }
    }

    private companion object {
        val ISD_R = "A0000005591010FFFFFFFF8900000100".chunked(2).map { it.toInt(16).toByte() }.toByteArray()
    }
}
