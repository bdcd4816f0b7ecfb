package io.loomline.driver.unix;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class DrainPollsTest {
    /** Clients of the other holders may fill it all the time. */
    @Test
    void drainOfASharedQueueIsBounded() {
        DrainPolls polls = DrainPolls.ofShared();
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
}
