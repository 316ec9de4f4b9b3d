package io.github.lpakit.tests

import io.github.lpakit.ActivationCode
import io.github.lpakit.Advice
import io.github.lpakit.AppStanding
import io.github.lpakit.CardAccess
import io.github.lpakit.ErrorKind
import io.github.lpakit.Icon
import io.github.lpakit.InstallRoute
import io.github.lpakit.LogLevel
import io.github.lpakit.LpaException
import io.github.lpakit.LpaKit
import io.github.lpakit.LpaOptions
import io.github.lpakit.MatchingId
import io.github.lpakit.Need
import io.github.lpakit.NotificationEvent
import io.github.lpakit.Passage
import io.github.lpakit.Phase
import io.github.lpakit.PlanState
import io.github.lpakit.ProfileClass
import io.github.lpakit.QrPicture
import io.github.lpakit.RejectReason
import io.github.lpakit.ReportState
import io.github.lpakit.testing.FakeErrors
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import java.io.File
import java.time.Duration
import java.util.Locale

class TextsTest {
    private val gone = LpaException(ErrorKind.CARD, "card.gone", plan = PlanState.STILL_VALID, advice = Advice.TRY_AGAIN)

    @Test
    fun errorsAreExplainedInTheLanguageAskedFor() {
        LpaKit.load()
        val english = gone.explanation(listOf(Locale.ENGLISH))
        val german = gone.explanation(listOf(Locale.forLanguageTag("tlh"), Locale.GERMANY))
        assertTrue(german.toString(), "eSIM" in german.what && german.what != english.what)
        assertEquals(listOf(english.what, english.plan, english.advice).joinToString(" "), english.text)
        assertEquals(english, gone.explanation(listOf(Locale.forLanguageTag("tlh"))))
        assertEquals(english, gone.explanation(emptyList()))
        assertEquals(english, gone.explanation(listOf(Locale("", ""), Locale("xx", "yy", "z"))))
        val simplified = gone.explanation(listOf(Locale.SIMPLIFIED_CHINESE))
        assertNotEquals(simplified, gone.explanation(listOf(Locale.TRADITIONAL_CHINESE)))
    }

    @Test
    fun theMessageIsTheTextInTheDevicesLanguage() {
        LpaKit.load()
        val before = Locale.getDefault()
        try {
            for (locale in listOf(Locale.FRANCE, Locale.JAPAN, Locale("tlh"))) {
                Locale.setDefault(locale)
                assertEquals(gone.explanation(listOf(locale)).text, gone.message)
                assertTrue(gone.toString(), gone.toString().endsWith(gone.explanation(listOf(locale)).text))
            }
        } finally {
            Locale.setDefault(before)
        }
    }

    @Test
    fun keysOfAnotherVersionAreShown() {
        val strange = LpaException(ErrorKind.CARD, "card.of_tomorrow", mapOf("a" to "b"))
        assertTrue(strange.explanation(listOf(Locale.ENGLISH)).text, "card.of_tomorrow" in strange.explanation().text)
        assertTrue("no.such.key" in LpaKit.text("no.such.key"))
    }

    @Test
    fun theErrorsOfTheFakeAreThoseOfTheCatalogue() {
        val table = File(System.getProperty("lpakit.android"), "../docs/errors.md").readLines()
        val rows = table.filter { it.startsWith("| `") }.map { row -> row.split(" | ").map { it.trim(' ', '|', '`') } }
        val errors = FakeErrors::class.java.methods.filter { it.returnType == LpaException::class.java }
        assertTrue("only ${errors.size}", errors.size > 8)
        for (error in errors.map { it.invoke(FakeErrors) as LpaException }) {
            val row = rows.single { it[0] == error.key }
            val told = listOf(error.key, error.message, error.kind.name, error.plan.name, error.advice.name)
            assertEquals(row.take(2) + row.subList(2, 5).map { it.uppercase() }, told)
        }
    }

    /** Names join the two sides, so they must be the same. */
    @Test
    fun everyValueOfEveryEnumExistsOnBothSides() {
        val twins = mapOf(
            ErrorKind.entries to io.github.lpakit.ffi.ErrorKind.entries,
            PlanState.entries to io.github.lpakit.ffi.PlanState.entries,
            Advice.entries to io.github.lpakit.ffi.Advice.entries,
            Need.entries to io.github.lpakit.ffi.Need.entries,
            RejectReason.entries to io.github.lpakit.ffi.RejectReason.entries,
            Phase.entries to io.github.lpakit.ffi.Phase.entries,
            ReportState.entries to io.github.lpakit.ffi.ReportState.entries,
            NotificationEvent.entries to io.github.lpakit.ffi.ReportEvent.entries,
            ProfileClass.entries to io.github.lpakit.ffi.ProfileClass.entries,
            Icon.Kind.entries to io.github.lpakit.ffi.IconKind.entries,
            LogLevel.entries to io.github.lpakit.ffi.LogLevel.entries,
            AppStanding.entries to io.github.lpakit.ffi.AppStanding.entries,
            CardAccess.entries to io.github.lpakit.ffi.CardAccess.entries,
            InstallRoute.entries to io.github.lpakit.ffi.InstallRoute.entries,
            Passage.entries to io.github.lpakit.ffi.Passage.entries,
        )
        for ((ours, theirs) in twins) assertEquals(theirs.map { it.name }, ours.map { it.name })
    }

    @Test
    fun activationCodesAreReadAndWritten() {
        val code = ActivationCode.parse("lpa:1\$SMDP.example\$TOKEN\$\$1 ")
        assertEquals("SMDP.example" to "TOKEN", code.address to code.matchingId.value)
        assertEquals(true to null, code.isConfirmationCodeRequired to code.oid)
        assertEquals(code, ActivationCode.of("smdp.example", MatchingId("TOKEN"), isConfirmationCodeRequired = true))
        assertEquals(code.hashCode(), ActivationCode.of("smdp.example", MatchingId("TOKEN"), true).hashCode())
        assertNotEquals(code, ActivationCode.of("smdp.example", MatchingId("OTHER"), true))
        assertNotEquals(code, "a text")
        assertEquals(code, ActivationCode.find("Welcome! Your code: ${code.toQrText()} (keep it)"))
        assertEquals(code, ActivationCode.parse(code.toText()))
        assertEquals("ActivationCode(…)", code.toString())
        assertFalse("TOKEN" in code.toString())
        assertEquals(ErrorKind.INPUT, failing { ActivationCode.parse("http://example.com") }.kind)
        assertEquals(ErrorKind.INPUT, failing { ActivationCode.parse("LPA:1\$127.0.0.1:8443\$A") }.kind)
        assertEquals("127.0.0.1:8443", ActivationCode.parse("LPA:1\$127.0.0.1:8443\$A", allowTestServers = true).address)
        assertEquals(emptyList<String>(), code.warnings)
        val picture = QrPicture.of(code.toQrText())
        assertTrue("${picture.side}", picture.side >= 21 && picture.isDark(0, 0) && !picture.isDark(-1, picture.side))
        assertEquals("qr.too_long", failing { QrPicture.of("x".repeat(8000)) }.key)
    }

    @Test
    fun settingsThatMeanNothingAreTypedErrors() {
        val wrong = mapOf(
            LpaOptions(isdrAids = listOf("XY")) to "isdrAids",
            LpaOptions(proxy = "http://[") to "proxy",
            LpaOptions(testIssuers = listOf(byteArrayOf(1))) to "testIssuers",
            LpaOptions(connectTo = mapOf("a.example" to "127.0.0.1:1")) to "connectTo",
            LpaOptions(device = io.github.lpakit.DeviceInfo(tac = "12")) to "tac",
            secretiveOptions("12") to "imei",
        )
        for ((options, name) in wrong) {
            val error = runCatching { LpaKit.open("settings", ScriptedCard(), options).close() }.exceptionOrNull()
            assertEquals(name, "input.setting" to mapOf("name" to name), (error as? LpaException)?.run { key to arguments })
        }
        val limits = LpaOptions.Builder().connectLimit(Duration.ofDays(400)).answerLimit(Duration.ofSeconds(-1))
            .packageLimit(Duration.ofNanos(1)).hints("of another version").deliveryMemory("{").build()
        LpaKit.open("settings", ScriptedCard(), limits).close()
    }
}
