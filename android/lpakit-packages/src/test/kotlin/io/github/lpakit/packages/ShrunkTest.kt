package io.github.lpakit.packages

import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder
import java.io.File
import java.util.concurrent.TimeUnit
import java.util.zip.ZipFile

/** The app, shrunk with nothing but lpakit's own rules (and what coroutines are known to need), still does all it did. */
class ShrunkTest {
    @get:Rule
    val folder = TemporaryFolder()

    private val classPath = System.getProperty("java.class.path").split(File.pathSeparator)
    private val java = File(System.getProperty("java.home"), "bin/java").path
    private val rules: String = checkNotNull(javaClass.getResource("/META-INF/proguard/lpakit.pro")).readText()

    /** What is part of the app: all but the tests, and the libraries that only they need. */
    private val parts = classPath.filter { part ->
        val path = File(part).invariantSeparatorsPath
        path.endsWith("lpakit-packages/target/classes") ||
            listOf("/lpakit-core", "/lpakit-sandbox", "/kotlin-stdlib", "/kotlinx-coroutines-core", "/jna-", "/org/jetbrains/annotations/").any { it in path }
    }

    private fun run(vararg command: String): Pair<Int, String> {
        val log = folder.newFile()
        val process = ProcessBuilder(*command).redirectErrorStream(true).redirectOutput(log).start()
        assertTrue("${command.first()} does not end", process.waitFor(5, TimeUnit.MINUTES))
        return process.exitValue() to log.readText()
    }

    private fun shrink(rules: String): File {
        val app = File(folder.newFolder(), "app.jar")
        val modules = listOf("java.base", "java.desktop", "java.logging", "java.instrument", "jdk.unsupported")
        val jdk = System.getProperty("java.home")
        val configuration = folder.newFile().apply {
            writeText(
                parts.joinToString("\n") { "-injars \"$it\"(!META-INF/versions/**,!module-info.class,!*/*lpakit_debug.*)" } +
                    "\n-outjars \"$app\"\n" +
                    modules.joinToString("\n") { "-libraryjars \"$jdk/jmods/$it.jmod\"(!**.jar;!module-info.class)" } +
                    """

                    -keep class io.github.lpakit.packages.App { public static void main(java.lang.String[]); }
                    -keep,allowobfuscation,allowshrinking class kotlinx.coroutines.** { *; }
                    -dontnote
                    -dontwarn kotlinx.coroutines.**,android.**,org.codehaus.**,kotlin.**
                    -forceprocessing
                    """.trimIndent() + "\n$rules",
            )
        }
        val (status, said) = run(java, "-cp", classPath.joinToString(File.pathSeparator), "proguard.ProGuard", "@$configuration")
        assertEquals(said, 0, status)
        return app
    }

    private fun play(app: File) = run(
        java,
        "-Dlpakit.library=${System.getProperty("lpakit.library")}",
        "-cp", app.path, "io.github.lpakit.packages.App",
    )

    @Test
    fun theShrunkAppDownloadsAProfile() {
        val app = shrink(rules)
        val (status, said) = play(app)
        val lines = "enabled true\nprofiles 1\nserver.refused.8.2.6/3.8 NO_LONGER_VALID true\nways 6\n"
        assertEquals(lines to 0, said to status)
        // It was shrunk indeed, and nobody's names were kept for nothing.
        val names = ZipFile(app).use { zip -> zip.entries().asSequence().map { it.name }.toList() }
        assertTrue("${names.size}", names.none { "io/github/lpakit/LpaFutures" in it || "io/github/lpakit/LpaKit." in it })
        val before = parts.filter { it.endsWith(".jar") }.sumOf { classes(File(it)) }
        assertTrue("${classes(app)} of $before", classes(app) < before * 3 / 4)
    }

    /** How many bytes the classes in a jar take. */
    private fun classes(jar: File): Long = ZipFile(jar).use { zip ->
        zip.entries().asSequence().filter { it.name.endsWith(".class") }.sumOf { it.compressedSize }
    }

    /** Without the rules it must fail, or the test above would prove nothing. */
    @Test
    fun withoutTheRulesItFails() {
        val (status, said) = play(shrink("-dontwarn java.awt.**"))
        assertTrue("$status $said", status != 0)
    }
}
