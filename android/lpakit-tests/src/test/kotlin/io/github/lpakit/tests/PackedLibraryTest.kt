package io.github.lpakit.tests

import com.sun.jna.Platform
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder
import java.io.File
import java.nio.file.Files
import java.nio.file.attribute.PosixFilePermissions
import java.util.concurrent.Callable
import java.util.concurrent.Executors

/** The native library in a jar, as `lpakit-sandbox` is published; here the jar is a folder on the class path. */
class PackedLibraryTest {
    @get:Rule
    val folder = TemporaryFolder()

    private val built = File(System.getProperty("lpakit.library"), System.mapLibraryName("lpakit_debug"))
    private val caches by lazy { folder.newFolder() }

    private fun packed(path: String, from: File): File = folder.newFolder().also { jar ->
        val to = File(jar, path).apply { parentFile.mkdirs() }
        Files.createSymbolicLink(to.toPath(), from.toPath())
    }

    /** The sandbox is there without its own library, which its jar may have. */
    private fun load(jar: File, caches: File = this.caches): String {
        val sandbox = File(System.getProperty("lpakit.android"), "lpakit-sandbox/target/classes")
        val others = System.getProperty("java.class.path").split(File.pathSeparator).filterNot { "lpakit-sandbox" in File(it).name }
        val path = (others + sandbox.path + jar.path).joinToString(File.pathSeparator)
        // Cargo puts its own folders into the platform's search path.
        val program = listOf("-Djava.library.path=/nowhere", "-cp", path, LoadingProgram::class.java.name)
        return Child.start(program, mapOf("XDG_CACHE_HOME" to caches.path, "HOME" to caches.path)).output.trim()
    }

    private fun copies(): List<File> = caches.walk().filter { it.isFile }.toList()

    private fun ofThisHost() = packed("${Platform.RESOURCE_PREFIX}/${built.name}", built)

    @Test
    fun severalProcessesShareOneCopyThatIsTheOwnersAlone() {
        val jar = ofThisHost()
        val programs = Executors.newFixedThreadPool(3)
        val told = programs.invokeAll(List(3) { Callable { load(jar) } }).map { it.get() }
        programs.shutdown()
        assertEquals(List(3) { "loaded true" }, told)
        val copy = copies().single()
        assertEquals(built.name, copy.name)
        assertTrue(copy.readBytes().contentEquals(built.readBytes()))
        for (place in listOf(copy, copy.parentFile, copy.parentFile.parentFile)) {
            val permissions = PosixFilePermissions.toString(Files.getPosixFilePermissions(place.toPath()))
            assertTrue("$place $permissions", permissions.endsWith("------"))
        }
    }

    @Test
    fun aCopyThatSomebodyChangedIsReplaced() {
        val jar = ofThisHost()
        load(jar)
        copies().single().writeText("no library")
        assertEquals("loaded true", load(jar))
        assertEquals(built.length(), copies().single().length())
    }

    @Test
    fun aCacheThatOthersWriteToIsNotUsed() {
        val shared = File(caches, "lpakit").apply { mkdirs() }
        Files.setPosixFilePermissions(shared.toPath(), PosixFilePermissions.fromString("rwxrwxrwx"))
        assertEquals("loaded true", load(ofThisHost()))
        assertEquals(emptyList<File>(), copies())
    }

    @Test
    fun withoutACacheATemporaryFileServes() {
        val file = folder.newFile()
        assertEquals("loaded true", load(ofThisHost(), caches = file))
    }

    @Test
    fun aJarOfOtherHostsSaysWhichItHas() {
        val (host, file) = if (Platform.isMac()) "linux-x86-64" to "liblpakit_debug.so" else "darwin-x86-64" to "liblpakit_debug.dylib"
        val jar = packed("$host/$file", built)
        val (error, text) = load(jar).lines()
        assertEquals("INPUT input.library_missing false", error)
        assertTrue(text, "has it for $host, and this host is ${Platform.RESOURCE_PREFIX}." in text)
        assertTrue(text, "lpakit.library" in text)
    }
}
