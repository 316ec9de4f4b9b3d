package io.github.lpakit.android.install

import io.github.lpakit.android.install.internal.QuestionActivity
import io.github.lpakit.android.install.internal.ResultReceiver
import java.io.File
import javax.xml.parsers.DocumentBuilderFactory
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.w3c.dom.Element

/** What the module puts into the manifest of an app. */
class ManifestTest {
    private val manifest = DocumentBuilderFactory.newInstance().apply { isNamespaceAware = true }
        .newDocumentBuilder()
        .parse(File("src/main/AndroidManifest.xml"))

    private fun all(tag: String): List<Element> =
        manifest.getElementsByTagName(tag).let { list -> (0 until list.length).map { list.item(it) as Element } }

    private fun Element.android(name: String) = getAttributeNS("http://schemas.android.com/apk/res/android", name)

    @Test
    fun whatTheSystemStartsIsThereAndShutForOthers() {
        val activity = all("activity").single { it.android("name") == QuestionActivity::class.java.name }
        val receiver = all("receiver").single { it.android("name") == ResultReceiver::class.java.name }
        for (part in listOf(activity, receiver)) assertEquals("false", part.android("exported"))
        assertTrue(activity.android("theme").contains("Translucent"))
    }

    @Test
    fun installingAsksForNoPermission() {
        val asked = all("uses-permission").map { it.android("name") }
        assertTrue(asked.none { it.contains("EMBEDDED") || it.contains("PHONE") })
    }
}
