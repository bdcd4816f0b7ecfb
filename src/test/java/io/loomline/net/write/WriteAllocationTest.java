package io.loomline.net.write;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;

import io.loomline.driver.nio.NioDriver;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Link;
import io.loomline.task.SystemClock;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import java.lang.management.ManagementFactory;

/** The memory that lines allocate, on one platform thread, whose allocations the JVM counts. */
class WriteAllocationTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private static final int LINES = 500;

    /** The JVM itself sometimes allocates on the thread, such as for profiles. */
    private static final long NOISE_BYTES = 8 * LINES;

    private static final String LINE = "0123456789abcdef".repeat(4);

    /** A string object and its array of 64 bytes. */
    private static final int STRING_BYTES = 24 + 16 + 64;

    private interface Work {
        void run() throws Exception;
    }

    /** The minimum of several rounds; in others the JVM may compile or the thread wait. */
    private static long allocatedBytes(Work work) throws Exception {
        for (int i = 0; i < 20_000; i++) work.run(); // until it is compiled
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 10; round++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < LINES; i++) work.run();
            least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
        }
        return least;
    }

    @Test
    @Tag("slow")
    void roundTripOfALineAllocatesOnlyTheReadString() throws Exception {
        try (Link link = Link.over(new NioDriver(), SystemClock.INSTANCE)) {
            long bytes =
                    allocatedBytes(() -> {
                        link.here().writeLine(LINE);
                        assertEquals(LINE, link.there().readLine());
                    });
            long each = bytes / LINES;
            assertTrue(
                    bytes <= (long) LINES * STRING_BYTES + NOISE_BYTES,
                    () -> each + " bytes for a line, expected " + STRING_BYTES);
        }
    }
}
