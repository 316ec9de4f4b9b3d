package io.github.lpakit.packages.guide

import io.github.lpakit.ActivationCode
import io.github.lpakit.Answers
import io.github.lpakit.ConfirmationCode
import io.github.lpakit.InstallRoute
import io.github.lpakit.LpaKit
import io.github.lpakit.Need
import io.github.lpakit.Offer
import io.github.lpakit.QrPicture
import io.github.lpakit.sandbox.Stage
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder
import org.w3c.dom.Element
import java.io.File
import javax.xml.parsers.DocumentBuilderFactory

/** `docs/android.md`: its code is the code of this folder, its tables are those of the modules, and what needs no phone is run. */
class GuideTest {
    @get:Rule
    val folder = TemporaryFolder()

    private val android = File(System.getProperty("lpakit.android"))
    private val guide = File(android, "../docs/android.md").readText()

    private fun blocks(language: String): List<String> =
        Regex("```$language\n(.*?)\n```", RegexOption.DOT_MATCHES_ALL).findAll(guide).map { it.groupValues[1] }.toList()

    /** The rows of the table whose header begins so, each with its cells. */
    private fun table(header: String): List<List<String>> =
        guide.lines().dropWhile { !it.startsWith("| $header |") }.drop(2).takeWhile { it.startsWith("|") }
            .map { row -> row.trim('|').split(" | ").map { it.trim() } }

    private fun xml(text: String): Element {
        val factory = DocumentBuilderFactory.newInstance().apply { isNamespaceAware = true }
        return factory.newDocumentBuilder().parse(text.byteInputStream()).documentElement
    }

    private fun Element.each(tag: String): List<Element> =
        getElementsByTagName(tag).let { list -> (0 until list.length).map { list.item(it) as Element } }

    private fun permissions(module: String): List<String> =
        xml(File(android, "$module/src/main/AndroidManifest.xml").readText()).each("uses-permission")
            .map { it.getAttributeNS(ANDROID, "name") }

    @Test
    fun itsCodeIsCompiled() {
        val folder = File(android, "lpakit-packages/src/test/kotlin/io/github/lpakit/packages/guide")
        val marked = Regex("// guide: (?!end)[^\n]*\n(.*?)// guide: end", RegexOption.DOT_MATCHES_ALL)
        val compiled = checkNotNull(folder.listFiles()).filter { it.name != "GuideTest.kt" }
            .flatMap { file -> marked.findAll(file.readText()).map { it.groupValues[1].trim() } }
        assertEquals(compiled.sorted(), blocks("kotlin").sorted())
    }

    @Test
    fun everyRouteHasItsRow() {
        assertEquals(InstallRoute.entries.map { "`$it`" }, table("route").map { it.first() })
    }

    @Test
    fun permissionsAreThoseOfTheManifests() {
        val told = table("module").associate { (module, _, asked) ->
            module.trim('`').substringAfter(':') to asked.split(", ").map { "android.permission.${it.trim('`')}" }
        }
        assertEquals(told.keys.associateWith { permissions(it) }, told)
        assertTrue("${told.keys}", File(android, "lpakit-system").name in told)
    }

    @Test
    fun whatTheSystemGrantsIsWhatTheManifestAsksFor() {
        val granted = xml(blocks("xml").single { it.startsWith("<permissions>") }).each("permission").map { it.getAttribute("name") }
        assertEquals(permissions("lpakit-system") - "android.permission.INTERNET", granted)
    }

    @Test
    fun theServiceInTheManifestIsTheOneThatIsShown() {
        val service = xml(blocks("xml").last().replaceFirst("<service", "<service xmlns:android=\"$ANDROID\""))
        assertEquals(".${MyProvisioningService::class.simpleName}", service.getAttributeNS(ANDROID, "name"))
    }

    /** The modules that are published, as their POMs say. */
    private fun published(): Set<String> = checkNotNull(android.listFiles()).filter { module ->
        val pom = File(module, "pom.xml").takeIf { it.isFile }?.readText().orEmpty()
        "<maven.deploy.skip>false<" in pom || File(module, "src/main/AndroidManifest.xml").isFile
    }.map { it.name }.toSet()

    private fun pom(module: String): String = File(android, "$module/pom.xml").readText()

    @Test
    fun everyPublishedModuleIsToBeInstalled() {
        val rows = table("artifact")
        assertEquals(published(), rows.map { it.first().trim('`') }.toSet())
        for ((artifact, kind, _, brings) in rows) {
            val module = artifact.trim('`')
            assertEquals(module, if (File(android, "$module/src/main/AndroidManifest.xml").isFile) "AAR" else "jar", kind)
            val ours = Regex("<artifactId>(lpakit-\\w+)</artifactId>\\s*</dependency>").findAll(pom(module)).map { it.groupValues[1] }
            assertEquals(module, ours.toSet() - "lpakit-robolectric", Regex("lpakit-\\w+").findAll(brings).map { it.value }.toSet())
        }
    }

    @Test
    fun whatIsInstalledIsOfThisVersion() {
        val version = System.getProperty("lpakit.version")
        val jna = checkNotNull(Regex("<jna.version>(.*)</jna.version>").find(File(android, "pom.xml").readText())).groupValues[1]
        val named = Regex("io\\.github\\.lpakit:([\\w-]+):([\\w.]+)\"").findAll(guide).map { it.groupValues[1] to it.groupValues[2] } +
            Regex("<artifactId>(.*)</artifactId>\\s*<version>(.*)</version>").findAll(guide).map { it.groupValues[1] to it.groupValues[2] }
        assertEquals(setOf(version), named.map { it.second }.toSet())
        // It comes along with the others.
        assertEquals(published() - "lpakit-native", named.map { it.first }.toSet())
        assertTrue("JNA** ($jna)" in guide && "net.java.dev.jna:jna:$jna" in guide)
    }

    @Test
    fun aPlainJvmInstallsFromTheSandbox(): Unit = runBlocking {
        assertTrue(tryOut(folder.newFolder()).single().isEnabled)
    }

    /** A person who is asked mistypes the code once, and at last wants the plan or does not. */
    private class Person(private val wants: Boolean) : Screens {
        private val codes = ArrayDeque(listOf("1234", "4711"))

        override suspend fun ask(offer: Offer): Answers? {
            val code = if (Need.CONFIRMATION_CODE in offer.needs) ConfirmationCode(codes.removeFirst()) else null
            return Answers(offer.needs, code).takeIf { wants }
        }

        override suspend fun showCode(picture: QrPicture): Unit = throw AssertionError("not on a card")
    }

    @Test
    fun theTravelAppInstallsOnACard(): Unit = runBlocking {
        Stage().use { stage ->
            LpaKit.open("guide", stage.channels(), stage.options()).use { lpa ->
                assertFalse(download(lpa, ActivationCode.parse(stage.act("order code=4711")), Person(wants = false)))
                assertEquals(emptyList<Any>(), show(lpa))
                assertTrue(download(lpa, ActivationCode.parse(stage.act("order code=4711")), Person(wants = true)))
                val profile = show(lpa).single()
                assertTrue(profile.isEnabled)
                lpa.disable(profile.iccid)
                assertTrue(switchOn(lpa, profile.iccid).isEnabled)
            }
        }
    }

    private companion object {
        const val ANDROID = "http://schemas.android.com/apk/res/android"
    }
}
