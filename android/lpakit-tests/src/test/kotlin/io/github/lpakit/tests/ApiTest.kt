package io.github.lpakit.tests

import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import java.io.File
import java.io.PrintWriter
import java.io.StringWriter
import java.util.spi.ToolProvider

/**
 * Holds what apps can see. `mvn … -Dlpakit.api=renew` writes android/api anew; a change there is a change of the API.
 */
class ApiTest {
    private val android = File(System.getProperty("lpakit.android"))

    @Test
    fun thePublicClassesAreThoseThatAreWrittenDown() {
        for (module in PURE + ANDROID) {
            val file = File(android, "api/$module.txt")
            val dump = dump(module)
            if (System.getProperty("lpakit.api") == "renew") file.apply { parentFile.mkdirs() }.writeText(dump)
            assertEquals("the API of $module changed; -Dlpakit.api=renew writes it down", file.readText(), dump)
        }
    }

    private fun classes(module: String): List<File> =
        File(android, "$module/target/classes").walk().filter { it.extension == "class" }.sortedBy { it.path }.toList()

    private fun dump(module: String): String {
        val shown = classes(module).filterNot { file -> HIDDEN.any { it in file.path } || NAMELESS in file.name }.map { it.path }
        assertTrue("$module: $shown", shown.size > 3)
        val output = StringWriter()
        val tool = ToolProvider.findFirst("javap").get()
        val exit = PrintWriter(output).use { tool.run(it, it, "-public", *shown.toTypedArray()) }
        assertEquals(output.toString(), 0, exit)
        val lines = output.toString().lines().filterNot { line -> NOISE.any { it in line } }
        return lines.joinToString("\n").replace(CLOSED_CLASS, "").replace(EMPTY_CLASS, "").trim() + "\n"
    }

    @Test
    fun nothingOfThePlatformIsNeeded() {
        for (module in PURE) {
            for (file in classes(module)) {
                val text = file.readText(Charsets.ISO_8859_1)
                assertTrue(file.path, "android/" !in text && "androidx" !in text)
            }
        }
    }

    @Test
    fun everythingPublicIsDocumented() {
        val sources = (PURE + ANDROID).flatMap { module ->
            File(android, "$module/src/main/kotlin").walk().filter { it.extension == "kt" && "/internal/" !in it.path }
        }
        val bare = sources.flatMap { source ->
            val lines = source.readLines().map { it.trim() }
            lines.indices.filter { lines[it].startsWith("public ") && !isDocumented(lines, it) }
                .map { "${source.name}:${it + 1}: ${lines[it]}" }
        }
        assertEquals("", bare.joinToString("\n"))
    }

    private fun isDocumented(lines: List<String>, at: Int): Boolean =
        lines.subList(0, at).last { !it.startsWith("@") }.endsWith("*/")

    private companion object {
        /** Modules that need nothing of Android. */
        val PURE = listOf("lpakit-core", "lpakit-sandbox", "lpakit-testing")

        /** Those that do. */
        val ANDROID = listOf("lpakit-android", "lpakit-system")

        /** Generated code and what is the module's own. */
        val HIDDEN = listOf("/ffi/", "/internal/", "\$WhenMappings")

        /** Classes without a name. */
        val NAMELESS = Regex("\\$\\d")

        /** Only the compiler's own. */
        val NOISE = listOf("Compiled from", "DefaultConstructorMarker", "\$lpakit_", " access\$")

        val CLOSED_CLASS = Regex("^(?!public|  |\\}).*\\{\\n(  .*\\n)*\\}\\n?", RegexOption.MULTILINE)

        val EMPTY_CLASS = Regex("public (static )?(final )?class \\S+ \\{\\n\\}\\n?")
    }
}
