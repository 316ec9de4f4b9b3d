package io.github.lpakit.system

import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.w3c.dom.Element
import java.io.File
import javax.xml.parsers.DocumentBuilderFactory

/** The texts of the screens. */
class TextsTest {
    private val main = File(System.getProperty("lpakit.android"), "lpakit-system/src/main")

    private fun elements(file: File, tag: String): List<Element> {
        val root = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file).documentElement
        return root.getElementsByTagName(tag).let { list -> (0 until list.length).map { list.item(it) as Element } }
    }

    private fun texts(folder: String): Map<String, String> =
        elements(File(main, "res/$folder/lpakit_strings.xml"), "string").associate { it.getAttribute("name") to it.textContent }

    @Test
    fun everyLanguageSaysEverything() {
        val english = texts("values")
        val blanks = Regex("%\\d\\\$s")
        for (language in listOf("de", "es", "fr", "ja", "b+zh+Hans", "b+zh+Hant")) {
            val texts = texts("values-$language")
            assertEquals(language, english.keys, texts.keys)
            for ((name, text) in texts) {
                val wanted = blanks.findAll(english.getValue(name)).map { it.value }.toList()
                assertEquals("$language $name", wanted, blanks.findAll(text).map { it.value }.toList())
                assertTrue("$language $name", text.isNotBlank() && "'" !in text)
            }
        }
    }

    @Test
    fun everyTextIsUsedAndThere() {
        val sources = File(main, "kotlin").walk().filter { it.extension == "kt" }.joinToString("\n") { it.readText() }
        val manifest = File(main, "AndroidManifest.xml").readText()
        val unused = texts("values").keys.filterNot { name ->
            val short = name.removePrefix("lpakit_")
            "\"$short\"" in sources || "@string/$name" in manifest || short.endsWith("_title") || short.endsWith("_text")
        }
        assertEquals(emptyList<String>(), unused)
        val wanted = Regex("words\\.text\\(\"([a-z_]+)\"").findAll(sources).map { "lpakit_" + it.groupValues[1] }.toSet()
        assertEquals(emptyList<String>(), wanted.filterNot { it in texts("values") })
    }

    @Test
    fun whatThePlatformStartsOnlyThePlatformMayStart() {
        val manifest = File(main, "AndroidManifest.xml")
        val parts = listOf("activity", "service").flatMap { elements(manifest, it) }
        assertEquals(5, parts.size)
        for (part in parts) {
            assertEquals("android.permission.BIND_EUICC_SERVICE", part.getAttribute("android:permission"))
            assertEquals("", part.getAttribute("android:process"))
            Class.forName(part.getAttribute("android:name"))
        }
        val priorities = elements(manifest, "intent-filter").filter { it.parentNode.nodeName != "queries" }
            .filter { it.parentNode.nodeName != "intent" }.map { it.getAttribute("android:priority") }
        assertTrue(priorities.toString(), priorities.all { it.toInt() > 0 })
    }
}
