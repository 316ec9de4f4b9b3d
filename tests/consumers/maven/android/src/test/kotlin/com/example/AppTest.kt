package com.example

import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import java.io.File
import java.util.zip.ZipFile

/** What an Android build would be given for an app that takes lpakit. */
class AppTest {
    private val version = System.getProperty("version")
    private val files = checkNotNull(File(System.getProperty("app")).listFiles()).sortedBy { it.name }

    private fun ZipFile.names() = entries().asSequence().filter { !it.isDirectory }.map { it.name }.toList()

    @Test
    fun everythingItNeedsAtRunTimeComesAlong() {
        val aars = listOf("android", "native", "sandbox-android", "system").map { "lpakit-$it-$version.aar" }
        val (ours, others) = files.map { it.name }.partition { it.startsWith("lpakit-") }
        assertEquals((aars + "lpakit-core-$version.jar").sorted(), ours)
        assertEquals(listOf("jna"), others.filter { it.endsWith(".aar") }.map { it.substringBefore('-') })
        val jars = others.filter { it.endsWith(".jar") }.map { it.substringBeforeLast('-') }
        assertEquals(listOf("annotations", "kotlin-stdlib", "kotlinx-coroutines-core", "kotlinx-coroutines-core-jvm"), jars)
    }

    /** An Android build fails where two libraries bring one file. */
    @Test
    fun nothingIsInTwoOfThem() {
        val libraries = files.filter { it.extension == "aar" }.flatMap { aar ->
            ZipFile(aar).use { zip -> zip.names().filter { it.startsWith("jni/") } }
        }
        assertEquals(libraries.toSet().size, libraries.size)
        assertTrue("$libraries", "jni/arm64-v8a/libjnidispatch.so" in libraries)
    }
}
