package io.loomline.headroom;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.driver.ExhaustionException;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.Test;

import java.time.Duration;

/** New clients are refused while less than an eighth of the heap is free. */
class HeapHeadroomTest {
    private final ManualClock clock = new ManualClock();
    private final FakeHeap heap = new FakeHeap();
    private final HeapHeadroom headroom = new HeapHeadroom(heap, clock::nanoTime);

    private static final class FakeHeap implements HeapHeadroom.Heap {
        long used;
        long usedAfterCollection;
        long collections;

        @Override
        public long maxBytes() {
            return 800;
        }

        @Override
        public long usedBytes() {
            return used;
        }

        @Override
        public long collections() {
            return collections;
        }

        @Override
        public long usedBytesAfterCollection() {
            return usedAfterCollection;
        }
    }

    private void requireRefused() {
        var e = assertThrows(ExhaustionException.class, headroom::requireForClient);
        assertTrue(e.getMessage().contains("750 of 800 bytes"), e::toString);
    }

    @Test
    void clientsAreAcceptedWhileTheHeapHasRoom() throws Exception {
        heap.used = 700;
        headroom.requireForClient();
    }

    @Test
    void clientsAreAcceptedWhenOnlyGarbageFillsTheHeap() throws Exception {
        heap.used = 790;
        heap.usedAfterCollection = 300;
        headroom.requireForClient();
    }

    @Test
    void clientsAreRefusedWhileCollectionsLeaveTheHeapFull() {
        heap.used = 750;
        heap.usedAfterCollection = 750;
        for (int i = 0; i < 20; i++) {
            requireRefused();
            heap.collections++;
            clock.advance(Duration.ofSeconds(5));
        }
    }

    /**
     * Memory in use after the last collection may be garbage by now, without a reason for the next.
     */
    @Test
    void oneClientASecondIsAcceptedWithoutCollections() throws Exception {
        heap.used = 750;
        heap.usedAfterCollection = 750;
        requireRefused();
        clock.advance(Duration.ofSeconds(1));
        headroom.requireForClient();
        requireRefused();
        clock.advance(Duration.ofMillis(999));
        requireRefused();
        clock.advance(Duration.ofMillis(1));
        headroom.requireForClient();
    }

    @Test
    void heapOfThisJvmCanBeMeasured() throws Exception {
        new HeapHeadroom().requireForClient();
    }
}
