package io.loomline.server.listen;

import io.loomline.task.Clock;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The pause of an accept loop after a failure. Each pause is twice as long as the one before, up to
 * a bound.
 *
 * <p><i>Threads:</i> {@link #cut} may be called from any thread, everything else from the accepting
 * task only.
 */
public final class AcceptPause {
    private static final Duration SHORTEST = Duration.ofMillis(5);
    private static final Duration LONGEST = Duration.ofSeconds(1);

    private final Clock clock;
    private Duration next = SHORTEST;

    /** Released at the end of the present pause; null between pauses. */
    private volatile @Nullable CountDownLatch present;

    /** For the next pause, which may begin when no memory is left. */
    private CountDownLatch prepared = new CountDownLatch(1);

    public AcceptPause(Clock clock) {
        this.clock = clock;
    }

    /** The next pause is the shortest again. */
    public void reset() {
        next = SHORTEST;
    }

    /** From here on {@link #cut} ends the pause, even before {@link #await} is called. */
    public void begin() {
        present = prepared;
    }

    /**
     * Waits until the pause expires or is cut. <i>Blocks.</i> Call {@link #begin} first.
     *
     * @param full whether to pause for the full length; otherwise for the shortest
     * @throws InterruptedException if the caller was cancelled
     */
    public void await(boolean full) throws InterruptedException {
        CountDownLatch end = Objects.requireNonNull(present, "begin() was not called");
        try {
            Clock.Timer timer = clock.schedule(next, end::countDown);
            try {
                if (full) end.await();
                else end.await(SHORTEST.toNanos(), TimeUnit.NANOSECONDS);
            } finally {
                timer.cancel();
            }
        } finally {
            present = null;
            prepared = new CountDownLatch(1);
        }
        Duration twice = next.multipliedBy(2);
        next = twice.compareTo(LONGEST) < 0 ? twice : LONGEST;
    }

    /** Ends the present pause, if there is one. */
    public void cut() {
        CountDownLatch end = present;
        if (end != null) end.countDown();
    }
}
