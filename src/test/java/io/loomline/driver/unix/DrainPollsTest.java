package io.loomline.driver.unix;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.LoopbackAddress;

import org.junit.jupiter.api.Test;

import java.util.List;

class DrainPollsTest {
    /** Clients of the other holders may fill it all the time. */
    @Test
    void drainOfASharedQueueIsBounded() {
        assertBounded(DrainPolls.ofShared());
    }

    @Test
    void drainOfAQueueThatClientsStillFillIsBounded() {
        assertBounded(DrainPolls.ofAccepting(LoopbackAddress.of(0)));
    }

    private static void assertBounded(DrainPolls polls) {
        for (int i = 1; i < 4096; i++) {
            polls.found();
            assertFalse(polls.isOver());
        }
        do polls.found();
        while (!polls.isOver());
        assertTrue(polls.isOver());
    }

    @Test
    void drainOfASharedQueueEndsWhenItIsEmpty() throws Exception {
        DrainPolls polls = DrainPolls.ofShared();
        polls.found();
        assertFalse(polls.pauseAfterEmpty());
    }

    @Test
    void drainOfAnOwnQueueGoesOnAfterAnEmptyPoll() throws Exception {
        for (var polls :
                List.of(
                        DrainPolls.ofAccepting(LoopbackAddress.of(0)),
                        DrainPolls.ofRefusing(LoopbackAddress.of(0)))) {
            polls.found();
            assertTrue(polls.pauseAfterEmpty());
            assertFalse(polls.isOver());
        }
    }
}
