package com.example

import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import org.w3c.dom.Element
import java.io.File
import javax.xml.parsers.DocumentBuilderFactory

/** The repository itself: what is published, and what each POM says. */
class RepositoryTest {
    private val repository = File(System.getProperty("repository"))
    private val version = System.getProperty("version")

    /** Each artifact, its packaging, and what it brings along: `scope artifact.type`. */
    private val published = mapOf(
        "lpakit-core" to ("jar" to setOf(STDLIB, COROUTINES, "provided jna.jar")),
        "lpakit-testing" to ("jar" to setOf(STDLIB, CORE)),
        "lpakit-sandbox" to ("jar" to setOf(STDLIB, CORE, "compile jna.jar")),
        "lpakit-native" to ("aar" to setOf(STDLIB, "compile jna.aar")),
        "lpakit-android" to ("aar" to setOf(STDLIB, CORE, NATIVE)),
        "lpakit-system" to ("aar" to setOf(STDLIB, CORE, NATIVE)),
        "lpakit-sandbox-android" to ("aar" to setOf(STDLIB, CORE, "compile jna.aar")),
    )

    private fun file(artifact: String, ending: String) = File(repository, "io/github/lpakit/$artifact/$version/$artifact-$version$ending")

    private fun pom(artifact: String): Element =
        DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file(artifact, ".pom")).documentElement

    private fun Element.children(): List<Element> =
        (0 until childNodes.length).mapNotNull { childNodes.item(it) as? Element }

    private fun Element.child(name: String): Element? = children().firstOrNull { it.tagName == name }

    private fun Element.text(name: String): String? = child(name)?.textContent?.trim()

    @Test
    fun thereIsWhatIsPublishedAndNothingElse() {
        val artifacts = checkNotNull(File(repository, "io/github/lpakit").list()).toSet()
        assertEquals(published.keys, artifacts)
        assertEquals(listOf("io"), repository.list()?.toList())
        for ((artifact, about) in published) {
            for (ending in listOf(".pom", ".${about.first}", "-sources.jar")) {
                assertTrue("$artifact$ending", file(artifact, ending).isFile)
            }
            val other = if (about.first == "aar") ".jar" else ".aar"
            assertFalse("$artifact$other", file(artifact, other).exists())
        }
    }

    @Test
    fun eachPomBringsWhatIsNeededAtRunTimeAndNothingOfTests() {
        for ((artifact, about) in published) {
            val pom = pom(artifact)
            assertEquals(artifact, about.first, pom.text("packaging") ?: "jar")
            val dependencies = pom.child("dependencies")?.children().orEmpty().map { dependency ->
                val type = dependency.text("type") ?: "jar"
                "${dependency.text("scope") ?: "compile"} ${dependency.text("artifactId")}.$type"
            }
            assertEquals(artifact, about.second, dependencies.toSet())
            val text = file(artifact, ".pom").readText()
            for (word in listOf("robolectric", "androidx", "<scope>test", "<parent>", "\${")) assertFalse("$artifact: $word", word in text)
        }
    }

    /** Maven Central's requirements for publishing. */
    @Test
    fun eachPomSaysWhatMavenCentralAsksFor() {
        for (artifact in published.keys) {
            val pom = pom(artifact)
            assertEquals(listOf("io.github.lpakit", artifact, version), listOf("groupId", "artifactId", "version").map { pom.text(it) })
            for (element in listOf("name", "description", "url", "licenses", "developers", "scm")) {
                assertFalse("$artifact: $element", pom.text(element).isNullOrEmpty())
            }
            assertEquals("https://github.com/lpakit/lpakit", pom.text("url"))
            assertEquals("https://github.com/lpakit/lpakit", pom.child("scm")?.text("url"))
        }
    }

    private companion object {
        const val STDLIB = "compile kotlin-stdlib.jar"
        const val COROUTINES = "compile kotlinx-coroutines-core.jar"
        const val CORE = "compile lpakit-core.jar"
        const val NATIVE = "runtime lpakit-native.aar"
    }
}
