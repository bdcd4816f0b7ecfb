package io.loomline.concurrent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.task.TestTree;

import org.junit.jupiter.api.Test;

/** Values in the order in which they arrive. */
class ArrivalsTest {
    @Test
    void valuesComeInTheOrderOfTheirArrival() throws Exception {
        var arrivals = new Arrivals<String>(2);
        arrivals.add("first");
        assertFalse(arrivals.isComplete());
        arrivals.add("second");
        assertTrue(arrivals.isComplete());
        arrivals.arrivalOf(1).await();
        assertEquals("second", arrivals.get(1));
        assertEquals("first", arrivals.get(0));
    }

    @Test
    void readerWaitsForTheValue() throws Exception {
        var arrivals = new Arrivals<String>(1);
        Thread reader =
                Thread.ofVirtual()
                        .unstarted(() -> {
                            try {
                                arrivals.arrivalOf(0).await();
                            } catch (InterruptedException e) {
                                throw new AssertionError(e);
                            }
                        });
        reader.start();
        TestTree.awaitParked(reader);
        arrivals.add("value");
        reader.join();
    }

    @Test
    void interruptEndsTheWait() {
        var arrivals = new Arrivals<String>(1);
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> arrivals.arrivalOf(0).await());
    }

    @Test
    void noValuesAreComplete() {
        assertTrue(new Arrivals<>(0).isComplete());
    }
}
