package io.github.lpakit.android.install;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import io.github.lpakit.ActivationCode;
import io.github.lpakit.LpaException;
import java.util.concurrent.CompletableFuture;
import org.junit.After;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;

/** The same in Java. */
@RunWith(RobolectricTestRunner.class)
public class JavaTest {
    private final TestPhone phone = new TestPhone();

    @After
    public void close() {
        phone.close();
    }

    private <T> T finished(CompletableFuture<T> future) throws Exception {
        phone.live(future::isDone);
        return future.get();
    }

    @Test
    public void aPlanIsInstalledSwitchedToAndDeleted() throws Exception {
        EsimFutures futures = new EsimFutures(new EsimInstaller(phone.getApp()));
        assertTrue(finished(futures.isAvailable()));
        InstallRequest request = new InstallRequest(ActivationCode.parse("1$smdp.example.com$T"), CodeSource.APP);
        EsimOutcome outcome = finished(futures.install(request));
        assertEquals(request.getId(), outcome.getRequestId());
        assertEquals(outcome, finished(futures.resume(request.getId())));
        phone.getSystem().getSubscriptions().put(outcome.getSubscriptionId(), "8900");
        finished(futures.switchTo(outcome.getSubscriptionId()));
        finished(futures.rename(outcome.getSubscriptionId(), "Holiday"));
        finished(futures.delete(outcome.getSubscriptionId()));
        finished(futures.forget(request.getId()));
        assertTrue(finished(futures.requests()).isEmpty());
    }

    @Test(expected = LpaException.class)
    public void junk() throws LpaException {
        InstallRequest.of(new android.content.Intent());
    }
}
