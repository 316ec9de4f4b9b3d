package io.github.lpakit.tests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import io.github.lpakit.ActivationCode;
import io.github.lpakit.Answers;
import io.github.lpakit.CardChannel;
import io.github.lpakit.CardPortException;
import io.github.lpakit.DeviceInfo;
import io.github.lpakit.ErrorKind;
import io.github.lpakit.InstallOutcome;
import io.github.lpakit.InstallTask;
import io.github.lpakit.LogLevel;
import io.github.lpakit.Lpa;
import io.github.lpakit.LpaException;
import io.github.lpakit.LpaFutures;
import io.github.lpakit.LpaKit;
import io.github.lpakit.LpaOptions;
import io.github.lpakit.Offer;
import io.github.lpakit.OpenedChannel;
import io.github.lpakit.Phase;
import io.github.lpakit.Profile;
import io.github.lpakit.Progress;
import io.github.lpakit.ProfileSource;
import io.github.lpakit.RejectReason;
import io.github.lpakit.sandbox.Stage;
import io.github.lpakit.testing.FakeLpa;
import io.github.lpakit.testing.FakePlan;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import org.junit.Test;

/** The API as a Java program uses it. */
public class JavaUseTest {
    @Test
    public void aPlanIsInstalledWithFutures() throws Exception {
        try (Stage stage = new Stage()) {
            LpaOptions options = new LpaOptions.Builder()
                .device(new DeviceInfo("35693803"))
                .deliversAutomatically(false)
                .build();
            try (LpaFutures lpa = new LpaFutures(LpaKit.open("java", stage.card(), stage.options(options)))) {
                ActivationCode code = lpa.getLpa().parseActivationCode(stage.act("order"));
                Offer offer = lpa.authenticate(code).get();
                InstallTask task = offer.accept(new Answers(offer.getNeeds()));
                ConcurrentLinkedQueue<Progress> seen = new ConcurrentLinkedQueue<>();
                CompletableFuture<Void> watching = LpaFutures.watch(task, seen::add);
                InstallOutcome outcome = LpaFutures.outcome(task).get();
                watching.get();
                assertTrue(seen.stream().anyMatch(progress -> progress.getPhase() == Phase.FINISHED));
                InstallOutcome.Installed installed = (InstallOutcome.Installed) outcome;
                Profile profile = lpa.enable(installed.getProfile().getIccid()).get();
                assertTrue(profile.isEnabled());
                assertEquals(1, lpa.sendNotifications().get().getDelivered().size());
                assertEquals(32, lpa.eid().get().getValue().length());
                lpa.closeAndJoin().get();
                ExecutionException error = assertThrows(ExecutionException.class, () -> lpa.profiles().get());
                assertEquals(ErrorKind.CLOSED, ((LpaException) error.getCause()).getKind());
            }
        }
    }

    @Test
    public void aCancelledFutureCancelsTheInstallation() throws Exception {
        try (Stage stage = new Stage(); Lpa lpa = LpaKit.open("java cancels", stage.card(), stage.options())) {
            LpaFutures futures = new LpaFutures(lpa);
            Offer offer = futures.authenticate(new ProfileSource.Code(lpa.parseActivationCode(stage.act("order")))).get();
            stage.act("hold net getBoundProfilePackage");
            InstallTask task = offer.accept(new Answers(offer.getNeeds()));
            CompletableFuture<InstallOutcome> outcome = LpaFutures.outcome(task);
            stage.act("wait held");
            assertTrue(outcome.cancel(true));
            // The server does not answer before it is let go, so it is the wish that ends the installation.
            ExecutionException error =
                assertThrows(ExecutionException.class, () -> LpaFutures.outcome(task, false).get());
            stage.act("release");
            assertEquals("cancelled.by_user", ((LpaException) error.getCause()).getKey());
        }
    }

    @Test
    public void errorsAreCheckedExceptions() {
        try {
            ActivationCode.parse("nothing of the kind");
            throw new AssertionError("it was read");
        } catch (LpaException error) {
            assertEquals(ErrorKind.INPUT, error.getKind());
            assertFalse(error.explanation().getText().isEmpty());
        }
    }

    /** A port in Java: it implements three functions, and may answer null. */
    static final class NothingCard implements CardChannel {
        @Override
        public OpenedChannel openChannel(byte[] aid) throws CardPortException {
            if (aid.length == 0) throw new CardPortException(CardPortException.Reason.NO_SUCH_APPLICATION);
            return new OpenedChannel(1);
        }

        @Override
        public byte[] transmit(int channel, byte[] command) {
            return null;
        }

        @Override
        public void closeChannel(int channel) {}
    }

    @Test
    public void aPortInJavaMayBeWrong() throws Exception {
        LpaKit.setLogListener(null, LogLevel.DEBUG);
        try (LpaFutures lpa = new LpaFutures(LpaKit.open("java card", new NothingCard()))) {
            ExecutionException error = assertThrows(ExecutionException.class, () -> lpa.profiles().get());
            assertEquals(ErrorKind.CARD, ((LpaException) error.getCause()).getKind());
        }
    }

    @Test
    public void theFakeIsScripted() throws Exception {
        FakeLpa fake = new FakeLpa();
        fake.setDefaultPlan(new FakePlan());
        LpaFutures lpa = new LpaFutures(fake);
        Offer offer = lpa.authenticate(ProfileSource.DefaultServer.INSTANCE).get();
        assertTrue(LpaFutures.reject(offer, RejectReason.LATER).get());
        assertEquals(List.of(), lpa.profiles().get());
    }
}
