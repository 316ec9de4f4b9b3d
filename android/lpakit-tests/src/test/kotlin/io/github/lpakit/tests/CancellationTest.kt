package io.github.lpakit.tests

import io.github.lpakit.Answers
import io.github.lpakit.InstallOutcome
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test

class CancellationTest {
    /** A caller of its own, which is cancelled without the test. */
    private class Caller(call: suspend () -> Any?) {
        private val scope = CoroutineScope(Dispatchers.Default + Job())
        private var thrown: Throwable? = null
        private val job = scope.launch(start = CoroutineStart.UNDISPATCHED) {
            try {
                call()
            } catch (error: Throwable) {
                thrown = error
                throw error
            }
        }

        val isOver: Boolean get() = job.isCompleted

        fun cancel() = job.cancel()

        suspend fun mustBeCancelled() {
            job.join()
            assertTrue("$thrown", thrown is CancellationException)
        }
    }

    private companion object {
        const val NOTHING_HAPPENED = "profiles=[] notifications=[] session=none default_server=set"
        const val INSTALLED = "profiles=[Travel 5 GB:disabled] notifications=[] session=none default_server=set"
    }

    @Test
    fun authenticatingIsCancelledAtTheServer() = scene {
        val code = lpa.parseActivationCode(stage.act("order"))
        stage.act("hold net authenticateClient")
        val caller = Caller { lpa.authenticate(code) }
        stage.act("wait held")
        caller.cancel()
        stage.act("release")
        caller.mustBeCancelled()
        assertEquals(NOTHING_HAPPENED, stage.act("state card"))
        assertNull(lpa.openOffer())
        lpa.authenticate(code).close()
    }

    @Test
    fun authenticatingIsCancelledAtTheCardAndItsStepAwaited() = scene {
        val code = lpa.parseActivationCode(stage.act("order"))
        stage.act("hold card AuthenticateServer")
        val caller = Caller { lpa.authenticate(code) }
        stage.act("wait held")
        caller.cancel()
        assertFalse("the card is still at work", caller.isOver)
        stage.act("release")
        caller.mustBeCancelled()
        assertEquals(NOTHING_HAPPENED, stage.act("state card"))
        lpa.authenticate(code).close()
    }

    @Test
    fun anInstallationIsCancelledWithItsCaller() = scene {
        val offer = offer()
        stage.act("hold net getBoundProfilePackage")
        val task = offer.accept(Answers(offer.needs))
        val caller = Caller { task.outcome() }
        stage.act("wait held")
        caller.cancel()
        caller.mustBeCancelled()
        stage.act("release")
        assertEquals("cancelled.by_user", failing { task.outcome() }.key)
        assertEquals(NOTHING_HAPPENED, stage.act("state card"))
    }

    @Test
    fun afterThePointOfNoReturnTheInstallationGoesOnByItself() = scene {
        val offer = offer()
        stage.act("hold card LoadBoundProfilePackage+5")
        val task = offer.accept(Answers(offer.needs))
        val caller = Caller { task.outcome() }
        stage.act("wait held")
        caller.cancel()
        // It does not wait for the load, which stands still here.
        caller.mustBeCancelled()
        stage.act("release")
        val outcome = checkNotNull(lpa.installTask(task.id)).outcome() as InstallOutcome.Installed
        assertTrue(outcome.profile.wasCancelRequested)
        assertEquals(INSTALLED, stage.act("state card"))
    }

    @Test
    fun whoOnlyWatchesCancelsNothing() = scene {
        val offer = offer()
        stage.act("hold net getBoundProfilePackage")
        val task = offer.accept(Answers(offer.needs))
        val watcher = Caller { task.outcome(cancelWithCaller = false) }
        val listener = Caller { task.progress.collect { } }
        stage.act("wait held")
        watcher.cancel()
        listener.cancel()
        watcher.mustBeCancelled()
        listener.mustBeCancelled()
        stage.act("release")
        val outcome = task.outcome() as InstallOutcome.Installed
        assertFalse(outcome.profile.wasCancelRequested)
    }

    @Test
    fun aListIsReadToItsEnd() = scene {
        install()
        stage.act("hold card 1")
        val caller = Caller { lpa.profiles() }
        stage.act("wait held")
        caller.cancel()
        assertFalse("the card is still at work", caller.isOver)
        stage.act("release")
        caller.mustBeCancelled()
        assertEquals(1, lpa.profiles().size)
    }

    @Test
    fun aRenamingIsDoneAllTheSame() = scene {
        val id = install().iccid
        stage.act("hold card SetNickname")
        val caller = Caller { lpa.rename(id, "Holiday") }
        stage.act("wait held")
        caller.cancel()
        stage.act("release")
        caller.mustBeCancelled()
        assertEquals("Holiday", lpa.profiles().single().displayName)
    }

    @Test
    fun whoIsCancelledBeforehandAsksNothing() = scene {
        lpa.eid()
        stage.act("counts")
        val cancelled = Job().apply { cancel() }
        val code = lpa.parseActivationCode(stage.act("order"))
        val calls = listOf<suspend () -> Any?>({ lpa.profiles() }, { lpa.authenticate(code) }, { lpa.discover() })
        for (call in calls) {
            val thrown = runCatching { withContext(cancelled) { call() } }.exceptionOrNull()
            assertTrue("$thrown", thrown is CancellationException)
        }
        assertEquals("apdus=0 requests=0", stage.act("counts"))
    }

    @Test
    fun searchingAndSendingAreCancelled() = scene {
        stage.act("order smds")
        stage.act("hold net 1")
        val search = Caller { lpa.discover() }
        stage.act("wait held")
        search.cancel()
        stage.act("release")
        search.mustBeCancelled()
        assertEquals(1, lpa.discover().plans.size)
        lpa.enable(install().iccid)
        stage.act("hold net handleNotification")
        val sending = Caller { lpa.sendNotifications() }
        stage.act("wait held")
        sending.cancel()
        stage.act("release")
        sending.mustBeCancelled()
        lpa.sendNotifications()
        assertEquals(0, lpa.notifications().size)
    }

    /** They resume wherever they are woken, which must not be on a thread of lpakit's. */
    @Test
    fun unconfinedCallersDoNotLockUp() = scene {
        withContext(Dispatchers.Unconfined) {
            val offer = offer()
            val task = offer.accept(Answers(offer.needs))
            val listener = launch { task.progress.collect { } }
            assertTrue(task.outcome() is InstallOutcome.Installed)
            listener.join()
            assertEquals(1, lpa.profiles().size)
            assertFalse(Thread.currentThread().name, Thread.currentThread().name.startsWith("lpakit"))
            lpa.closeAndJoin()
        }
    }

    @Test
    fun manyAreCancelledAtAnyMoment() = scene {
        val code = lpa.parseActivationCode(stage.act("order"))
        repeat(40) { round ->
            val caller = launch(Dispatchers.Default) { lpa.authenticate(code).close() }
            val list = launch(Dispatchers.Default) { lpa.profiles() }
            repeat(round * 200) { Thread.onSpinWait() }
            caller.cancelAndJoin()
            list.cancelAndJoin()
        }
        assertNull(lpa.openOffer())
        assertEquals(0, lpa.profiles().size)
        assertEquals(0, lpa.notifications().size)
        install("order name=Other")
        assertEquals("Other", lpa.profiles().single().profileName)
    }
}
