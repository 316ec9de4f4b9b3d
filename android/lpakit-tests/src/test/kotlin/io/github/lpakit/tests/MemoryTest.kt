package io.github.lpakit.tests

import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test

class MemoryTest {
    @Test
    fun aForgottenOfferIsPostponedByTheCollector() {
        val told = Child.runWell(ForgottenOfferProgram::class.java.name)
        assertEquals("profiles=[] notifications=[] session=none default_server=set", told)
    }

    /** Ten thousand that were closed, ten thousand that were left to the collector, in a machine whose heap has no room. */
    @Test
    fun nothingIsLeftOfManyObjects() {
        val heap = listOf("-Xms32m", "-Xmx32m", "-XX:+AlwaysPreTouch", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
        val told = Child.runWell(LeakProgram::class.java.name, heap)
        println("memory: $told kB")
        val (open, grown) = checkNotNull(Regex("open=(\\d+) grown=(-?\\d+)").find(told), { told }).destructured
        assertEquals(0, open.toInt())
        assertTrue(told, grown.toLong() < 8 * 1024)
    }
}
