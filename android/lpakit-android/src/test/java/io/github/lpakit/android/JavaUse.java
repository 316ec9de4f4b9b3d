package io.github.lpakit.android;

import android.content.Context;
import io.github.lpakit.CardAccess;
import io.github.lpakit.Eid;
import io.github.lpakit.InstallWay;
import io.github.lpakit.LpaFutures;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The API as a Java program uses it. */
final class JavaUse {
    private final CardFinderFutures finder;

    JavaUse(Context context) {
        OmapiSource omapi = new OmapiSource(context, Duration.ofSeconds(60));
        finder = new CardFinderFutures(new CardFinder(context, List.of(omapi)));
    }

    /** The EID of the first card that can be used. */
    CompletableFuture<Eid> eid() {
        return finder.find()
                .thenApply(cards -> cards.stream().filter(card -> card.getAccess() == CardAccess.OPEN).findFirst().get())
                .thenCompose(finder::open)
                .thenCompose(lpa -> {
                    LpaFutures futures = new LpaFutures(lpa);
                    return futures.eid().thenCompose(eid -> futures.closeAndJoin().thenApply(done -> eid));
                });
    }

    /** Whether the app can go this way, and with which certificates. */
    CompletableFuture<String> firstWay() {
        return finder.capabilities().thenApply(capabilities -> {
            InstallWay way = capabilities.getWays().get(0);
            return way.getRoute() + " " + way.getPassage() + " " + capabilities.getApp().getPackageName();
        });
    }

    /** The first list of cards that is told. */
    CompletableFuture<List<FoundCard>> told() {
        CompletableFuture<List<FoundCard>> first = new CompletableFuture<>();
        AutoCloseable watching = finder.watch(Runnable::run, first::complete);
        return first.whenComplete((cards, error) -> {
            try {
                watching.close();
            } catch (Exception fault) {
                throw new AssertionError(fault);
            }
        });
    }
}
