package io.github.lpakit.packages

import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.w3c.dom.Element
import java.io.ByteArrayInputStream
import java.io.File
import java.util.zip.ZipInputStream
import javax.xml.parsers.DocumentBuilderFactory

/** The AARs, opened as an Android build opens them. */
class AarTest {
    private val android = File(System.getProperty("lpakit.android"))
    private val version = System.getProperty("lpakit.version")

    private fun unzip(bytes: ByteArray): Map<String, ByteArray> = ZipInputStream(ByteArrayInputStream(bytes)).use { zip ->
        generateSequence { zip.nextEntry }.filter { !it.isDirectory }.associate { it.name to zip.readBytes() }
    }

    private fun aar(module: String) = unzip(File(android, "$module/target/$module-$version.aar").readBytes())

    private fun Map<String, ByteArray>.text(name: String) = checkNotNull(this[name]) { "no $name in $keys" }.decodeToString()

    private fun xml(text: String): Element {
        val factory = DocumentBuilderFactory.newInstance().apply { isNamespaceAware = true }
        return factory.newDocumentBuilder().parse(text.byteInputStream()).documentElement
    }

    private fun manifest(aar: Map<String, ByteArray>): Element = xml(aar.text("AndroidManifest.xml"))

    private fun Element.each(tag: String): List<Element> =
        getElementsByTagName(tag).let { list -> (0 until list.length).map { list.item(it) as Element } }

    private fun Element.named(tag: String) = each(tag).map { it.getAttributeNS(ANDROID, "name") }

    @Test
    fun eachHasWhatAnAndroidBuildLooksFor() {
        for ((module, home) in HOMES) {
            val aar = aar(module)
            val known = listOf("AndroidManifest.xml", "classes.jar", "R.txt", "proguard.txt")
            assertTrue("${aar.keys}", aar.keys.containsAll(known))
            val others = aar.keys.filterNot { it in known || it.startsWith("res/") || it.startsWith("jni/") }
            assertEquals(emptyList<String>(), others)
            assertEquals(File(android, RULES).readText(), aar.text("proguard.txt"))
            val manifest = manifest(aar)
            assertEquals(home, manifest.getAttribute("package"))
            assertEquals("28", manifest.each("uses-sdk").single().getAttributeNS(ANDROID, "minSdkVersion"))
            val classes = unzip(aar.getValue("classes.jar")).keys.filter { it.endsWith(".class") }
            assertEquals(emptyList<String>(), classes.filterNot { it.startsWith("${home.replace('.', '/')}/") })
            // Whatever Android starts by name is there.
            val started = listOf("activity", "receiver", "service", "provider").flatMap { manifest.named(it) }
            val missing = started.map { if (it.startsWith(".")) manifest.getAttribute("package") + it else it }
                .filterNot { "${it.replace('.', '/')}.class" in classes }
            assertEquals(emptyList<String>(), missing)
        }
    }

    /** The type and name of each resource: files by their folder, values by their element. */
    private fun resources(aar: Map<String, ByteArray>): Set<Pair<String, String>> =
        aar.keys.filter { it.startsWith("res/") }.flatMap { path ->
            val (folder, file) = path.removePrefix("res/").split('/')
            if (!folder.startsWith("values")) return@flatMap listOf(folder.substringBefore('-') to file.substringBefore('.'))
            val table = xml(aar.text(path))
            (0 until table.childNodes.length).mapNotNull { table.childNodes.item(it) as? Element }
                .map { it.tagName to it.getAttribute("name") }
        }.toSet()

    /** `int string lpakit_add 0x00000000`. */
    @Test
    fun theTableNamesEveryResourceAndNoOther() {
        for (module in HOMES.keys) {
            val aar = aar(module)
            val table = aar.text("R.txt").lines().filter { it.isNotEmpty() }.map { it.split(' ') }.map { it[1] to it[2] }
            assertEquals(resources(aar), table.toSet())
            assertEquals(table.toSet().size, table.size)
            val named = Regex("\"@(\\w+)/(\\w+)\"").findAll(aar.text("AndroidManifest.xml"))
                .map { it.groupValues[1] to it.groupValues[2] }.toSet()
            assertEquals(emptySet<Any>(), named - table.toSet())
        }
        assertTrue("string" to "lpakit_add" in resources(aar("lpakit-system")))
    }

    /** Who only downloads must not have to explain permissions to anybody. */
    @Test
    fun appsAreAskedForTheInternetOnly() {
        val asked = (HOMES.keys - "lpakit-system").associateWith { manifest(aar(it)).named("uses-permission") }
        val internet = listOf("android.permission.INTERNET")
        assertEquals(mapOf("lpakit-android" to internet, "lpakit-native" to emptyList(), "lpakit-sandbox-android" to internet), asked)
    }

    /** An app that takes several of them has each native library once. `cargo xtask package android` gives them. */
    @Test
    fun oneAarBringsEachNativeLibrary() {
        val given = mapOf("lpakit-native" to "lpakit.jni", "lpakit-sandbox-android" to "lpakit.jni.sandbox")
        for (module in HOMES.keys) {
            val folder = File(given[module]?.let { System.getProperty(it) }.orEmpty())
            val libraries = folder.walk().filter { it.isFile }.associate { "jni/${it.relativeTo(folder).invariantSeparatorsPath}" to it.length().toInt() }
            val packed = aar(module).filterKeys { it.startsWith("jni/") }.mapValues { it.value.size }
            assertEquals(module, libraries, packed)
        }
    }

    /** They are the very classes that lpakit-sandbox has for the JVM. */
    @Test
    fun theSandboxIsTheSameForBoth() {
        val jar = unzip(File(android, "lpakit-sandbox/target/lpakit-sandbox-$version.jar").readBytes())
        val classes = unzip(aar("lpakit-sandbox-android").getValue("classes.jar"))
        fun names(files: Map<String, ByteArray>) = files.keys.filter { it.endsWith(".class") }.toSet()
        assertTrue("io/github/lpakit/sandbox/Sandbox.class" in names(jar))
        assertEquals(names(jar), names(classes))
    }

    /** R8 finds them in a jar, too. */
    @Test
    fun theCoreBringsItsRules() {
        val jar = unzip(File(android, "lpakit-core/target/lpakit-core-$version.jar").readBytes())
        assertEquals(File(android, RULES).readText(), jar.text("META-INF/proguard/lpakit.pro"))
    }

    private companion object {
        /** Each AAR, and the package that its manifest names. */
        val HOMES = mapOf(
            "lpakit-native" to "io.github.lpakit.library",
            "lpakit-android" to "io.github.lpakit.android",
            "lpakit-system" to "io.github.lpakit.system",
            "lpakit-sandbox-android" to "io.github.lpakit.sandbox",
        )

        const val ANDROID = "http://schemas.android.com/apk/res/android"
        const val RULES = "lpakit-core/src/main/resources/META-INF/proguard/lpakit.pro"
    }
}
