package io.github.lpakit.tests

import io.github.lpakit.LpaKit
import io.github.lpakit.ffi.LpaException
import io.github.lpakit.ffi.checkVersion
import io.github.lpakit.ffi.libraryVersion
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import java.io.File

class LibraryTest {
    private val folder = File(System.getProperty("lpakit.library"))

    @Test
    fun aProgramThatForgetsToCloseEnds() {
        assertEquals(SCRIPTED_EID, Child.runWell(ForgetfulProgram::class.java.name))
    }

    @Test
    fun aProgramEndsWhileACardDoesNotAnswer() {
        assertEquals("asked", Child.runWell(HastyProgram::class.java.name))
    }

    @Test
    fun theReleaseLibraryHasNoSandbox() {
        val told = Child.runWell(ReleaseProgram::class.java.name).lines()
        assertEquals(listOf(SCRIPTED_EID, "lpakit-card true", "no sandbox"), told.filterNot { it.isEmpty() })
        assertFalse(symbols("lpakit_ffi").contains("uniffi_lpakit_sandbox_ffi"))
        assertTrue(symbols("lpakit_ffi").contains("uniffi_lpakit_ffi_fn_"))
        assertTrue(symbols("lpakit_debug").contains("uniffi_lpakit_sandbox_ffi"))
    }

    /** Everything in the file, names of symbols among it. */
    private fun symbols(library: String): String =
        File(folder, System.mapLibraryName(library)).readText(Charsets.ISO_8859_1)

    @Test
    fun aLibraryThatIsNotThereIsATypedError() {
        val another = File(System.getProperty("java.home"), "lib/${System.mapLibraryName("zip")}").path
        for (place in listOf("/nowhere", folder.parent, another)) {
            val told = Child.runWell(LoadingProgram::class.java.name, arguments = listOf(place)).lines()
            assertEquals("INPUT input.library_missing false", told[0])
            assertTrue(told[1], told[1].startsWith("The native library ") && "lpakit.library" in told[1])
        }
    }

    @Test
    fun aLibraryIsFoundByItsPath() {
        val file = File(folder, System.mapLibraryName("lpakit_debug")).path
        for (place in listOf(folder.path, file)) {
            val options = listOf("-Dlpakit.library=/nowhere")
            assertEquals("loaded true", Child.runWell(LoadingProgram::class.java.name, options, listOf(place)))
        }
    }

    @Test
    fun aSecondClassLoaderUsesTheSameLibrary() {
        assertEquals("first.example\nsecond.example", Child.runWell(TwoLoadersProgram::class.java.name))
    }

    @Test
    fun thereIsOneVersion() {
        LpaKit.load()
        LpaKit.load("/nowhere")
        assertTrue(LpaKit.isLoaded)
        assertEquals(System.getProperty("lpakit.version"), LpaKit.VERSION)
        assertEquals(LpaKit.VERSION, libraryVersion())
        val error = assertThrows(LpaException.Failed::class.java) { checkVersion("9.9.9") }
        assertEquals("input.library_version", error.details.key)
    }
}
