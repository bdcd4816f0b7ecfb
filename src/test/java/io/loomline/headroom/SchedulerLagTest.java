package io.loomline.headroom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.driver.ExhaustionException;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;

/** The time that ready virtual threads wait for a carrier, as measured by probes. */
class SchedulerLagTest {
    private static final Duration MOST = Duration.ofSeconds(1);

    private final ManualClock clock = new ManualClock();

    /** The threads that are ready to run. */
    private final Queue<Runnable> ready = new ArrayDeque<>();

    private final SchedulerLag lag = new SchedulerLag(clock::nanoTime, ready::add);

    private void requireTooLong(String measured) {
        var e = assertThrows(ExhaustionException.class, () -> lag.requireAtMost(MOST));
        assertTrue(e.getMessage().contains(measured), e::toString);
    }

    @Test
    void probeThatDoesNotRunIsNoticed() throws Exception {
        lag.requireAtMost(MOST);
        clock.advance(MOST);
        lag.requireAtMost(MOST);
        clock.advance(Duration.ofMillis(1));
        requireTooLong("PT1.001S");
        assertEquals(1, ready.size());
    }

    @Test
    void verdictRecoversByItself() throws Exception {
        lag.requireAtMost(MOST);
        clock.advance(Duration.ofSeconds(2));
        ready.remove().run();
        requireTooLong("PT2S"); // starts the next probe at once
        ready.remove().run();
        lag.requireAtMost(MOST);
    }

    @Test
    void probesAreTenASecond() throws Exception {
        for (int i = 0; i < 1_000; i++) {
            lag.requireAtMost(MOST);
            if (!ready.isEmpty()) ready.remove().run();
            int count = i;
            clock.advance(Duration.ofMillis(1));
            assertTrue(ready.isEmpty(), () -> "after " + count);
        }
        int probes = 0;
        for (int i = 0; i < 1_000; i++) {
            lag.requireAtMost(MOST);
            clock.advance(Duration.ofMillis(1));
            if (ready.isEmpty()) continue;
            probes++;
            ready.remove().run();
        }
        assertTrue(probes >= 8 && probes <= 11, probes + " probes");
    }

    @Test
    void probeThatCannotBeStartedIsTriedAgain() throws Exception {
        var failing =
                new SchedulerLag(
                        clock::nanoTime,
                        _ -> {
                            throw new OutOfMemoryError("no thread");
                        });
        for (int i = 0; i < 3; i++) {
            assertThrows(OutOfMemoryError.class, () -> failing.requireAtMost(MOST));
        }
    }
}
