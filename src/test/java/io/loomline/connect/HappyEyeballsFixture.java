package io.loomline.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.probe.Leftovers;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.RegisterExtension;

import java.time.Duration;

/** A runtime that connects to three addresses, whose answers a test determines. */
abstract class HappyEyeballsFixture {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    static final String ONE = "10.0.0.1";
    static final String TWO = "10.0.0.2";
    static final String THREE = "10.0.0.3";
    static final Duration DELAY = Duration.ofMillis(250);

    final ManualClock clock = new ManualClock();
    final StagedNetwork network = new StagedNetwork();
    final Runtime runtime =
            Runtime.open(RuntimeOptions.DEFAULT.withDriver(network.driver()).withClock(clock));

    @AfterEach
    void close() {
        runtime.close();
        assertEquals(0, clock.timers());
    }

    /** The first address does not answer within the delay, so the second is tried as well. */
    void letTheFirstHang() throws InterruptedException {
        network.awaitTried(ONE);
        clock.awaitTimers(2); // of the connect timeout and the delay
        clock.advance(DELAY);
        network.awaitTried(ONE, TWO);
    }
}
