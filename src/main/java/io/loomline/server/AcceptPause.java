package io.loomline.server;

import io.loomline.task.Clock;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * The pause of an accept loop after a failure. Each pause is twice as long as the one before, up to
 * a bound.
 *
 * <p><i>Threads:</i> {@link #cut} may be called from any thread, everything else from the accepting
 * task only.
 */
final class AcceptPause {
    private static final Duration SHORTEST = Duration.ofMillis(5);
    private static final Duration LONGEST = Duration.ofSeconds(1);

    private final Clock clock;
    private Duration next = SHORTEST;

    /** The present pause, which {@link #cut} ends; null between pauses. */
    private volatile @Nullable CountDownLatch present;

    AcceptPause(Clock clock) {
        this.clock = clock;
    }

    /** The next pause is the shortest again. */
    void reset() {
        next = SHORTEST;
    }

    /**
     * Waits for the length of the pause, or until it is cut. <i>Blocks.</i>
     *
     * @param isWanted whether the loop still has a reason to pause. It is evaluated once {@link
     *     #cut} has an effect, so a thread that changes its value and then cuts is never missed.
     */
    void await(BooleanSupplier isWanted) throws InterruptedException {
        var end = new CountDownLatch(1);
        Clock.Timer timer = clock.schedule(next, end::countDown);
        try {
            present = end;
            if (isWanted.getAsBoolean()) end.await();
            else end.await(SHORTEST.toNanos(), TimeUnit.NANOSECONDS);
        } finally {
            present = null;
            timer.cancel();
        }
        Duration twice = next.multipliedBy(2);
        next = twice.compareTo(LONGEST) < 0 ? twice : LONGEST;
    }

    /** Ends the present pause, if there is one. */
    void cut() {
        CountDownLatch end = present;
        if (end != null) end.countDown();
    }
}
