package io.github.lpakit.tests

import io.github.lpakit.Advice
import io.github.lpakit.AppStanding
import io.github.lpakit.CardAccess
import io.github.lpakit.ErrorKind
import io.github.lpakit.InstallRoute
import io.github.lpakit.InstallWay
import io.github.lpakit.LpaKit
import io.github.lpakit.Passage
import io.github.lpakit.PhoneFacts
import io.github.lpakit.PlanState
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import java.io.File
import java.util.Locale

class InstallWaysTest {
    private fun PhoneFacts.way(route: InstallRoute) = installWays().single { it.route == route }

    @Test
    fun aTravelAppLearnsWhichWayIsOpenAndWhyTheOthersAreShut() {
        val phone = PhoneFacts(apiLevel = 35, esim = true, sims = listOf(CardAccess.DENIED, CardAccess.NO_CARD))
        assertEquals(InstallRoute.entries.toSet(), phone.installWays().map { it.route }.toSet())
        val denied = InstallWay(InstallRoute.SIM_CARD, Passage.SHUT, listOf("route.card_must_list_app", "route.no_card"))
        assertEquals(denied, phone.way(InstallRoute.SIM_CARD))
        val best = phone.installWays().first()
        assertEquals(InstallRoute.SYSTEM_LPA to Passage.PERHAPS, best.route to best.passage)
        val german = best.explanations(listOf(Locale.GERMAN)).single()
        assertTrue(german, "Anbieter" in german)
        assertEquals(listOf(LpaKit.text(best.reasons.single())), best.explanations())
        val open = phone.copy(sims = listOf(CardAccess.NO_EUICC, CardAccess.OPEN))
        assertEquals(InstallWay(InstallRoute.SIM_CARD, Passage.OPEN, emptyList()), open.installWays().first())
    }

    @Test
    fun whatThePhoneSaysReachesTheCore() {
        val system = PhoneFacts(apiLevel = 35, standing = AppStanding.SYSTEM, slots = listOf(CardAccess.OPEN))
        assertEquals(Passage.OPEN, system.way(InstallRoute.PHONE_CARD).passage)
        assertEquals(listOf("os.too_old"), system.copy(apiLevel = 28).way(InstallRoute.PHONE_CARD).reasons)
        assertEquals(listOf("os.too_old"), system.copy(apiLevel = -1).way(InstallRoute.SYSTEM_LPA).reasons)
        val operator = system.copy(standing = AppStanding.OPERATOR)
        assertEquals(listOf("os.not_system_app"), operator.way(InstallRoute.PHONE_CARD).reasons)
        assertEquals(listOf("route.esim_not_known"), operator.way(InstallRoute.OTHER_SCREEN).reasons)
        assertEquals(listOf("os.no_esim"), operator.copy(esim = false).way(InstallRoute.OTHER_SCREEN).reasons)
        val closed = operator.copy(esim = true, opensSetupLinks = false)
        assertEquals(listOf("os.link_not_opened"), closed.way(InstallRoute.SETUP_LINK).reasons)
        val reader = operator.copy(readers = listOf(CardAccess.OPEN))
        assertEquals(Passage.OPEN, reader.way(InstallRoute.READER).passage)
    }

    @Test
    fun errorsOfTheCatalogueAreMadeByTheirKeys() {
        val busy = LpaKit.error("os.failed", mapOf("code" to "7"))
        assertEquals(ErrorKind.CARD to PlanState.UNKNOWN, busy.kind to busy.plan)
        val text = busy.explanation(listOf(Locale.ENGLISH)).text
        assertTrue(text, "7" in text)
        val unknown = failing { LpaKit.error("no.such.key") }
        assertEquals(ErrorKind.CLOSED to "closed.fault", unknown.kind to unknown.key)
    }

    @Test
    fun refusalsThatOthersMetAreThoseOfTheLpa() {
        val refused = LpaKit.serverRefusal("8.2.6", "3.8")
        assertEquals("server.refused.8.2.6/3.8", refused.key)
        assertEquals(listOf(ErrorKind.SERVER, PlanState.NO_LONGER_VALID, Advice.ASK_OPERATOR), refused.run { listOf(kind, plan, advice) })
        assertEquals(ErrorKind.SERVER, LpaKit.serverRefusal("8.2.6\n", "x").kind)
    }

    @Test
    fun theKeysAreThoseOfTheDocument() {
        val table = File(System.getProperty("lpakit.android"), "../docs/errors.md").readLines()
        val documented = table.filter { it.startsWith("| `") }.map { it.substringAfter('`').substringBefore('`') }
        assertEquals(documented, LpaKit.errorKeys())
    }
}
