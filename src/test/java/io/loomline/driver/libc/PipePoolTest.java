package io.loomline.driver.libc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loomline.driver.ChannelPipe;
import io.loomline.driver.epoll.EpollDriver;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

/** The pipes of a loop are bounded, and none is lost. */
class PipePoolTest {
    /** {@code pipe-user-pages-soft} by default, and what a pipe takes of it: pipe(7). */
    private static final int PAGES_OF_A_USER = 16_384;

    private static final int PAGES_OF_A_PIPE = 256;

    private PipePool pool = new PipePool();
    private final List<Pipe> taken = new ArrayList<>();

    @BeforeAll
    static void requireLinux() {
        String lack = EpollDriver.lack();
        assumeTrue(lack == null, lack);
    }

    @AfterEach
    void close() {
        taken.forEach(pool::release);
        pool.close();
    }

    /** Takes all pipes; returns their number. */
    private int takeAll() {
        for (Pipe pipe; (pipe = pool.take()) != null; ) taken.add(pipe);
        return taken.size();
    }

    @Test
    void pipesOfALoopAreAPartOfThoseOfAUser() {
        int most = takeAll();
        assertTrue(most >= 8, () -> most + " pipes");
        assertTrue(most * PAGES_OF_A_PIPE <= PAGES_OF_A_USER / 4, () -> most + " pipes");
        pool.release(taken.removeLast());
        assertEquals(most, takeAll());
        pool.discard(taken.removeLast());
        assertEquals(most, takeAll());
    }

    @Test
    void flowWithoutAPipeIsRead() throws Exception {
        SocketMove unused =
                _ -> {
                    throw new AssertionError("moves bytes without a pipe");
                };
        takeAll();
        try (var flow = new SocketPipe(unused, unused, pool)) {
            assertEquals(ChannelPipe.UNSUPPORTED, flow.tryFill());
            assertEquals(0, flow.heldBytes());
            assertEquals(0, flow.take().length);
        }
        try (var flow = new SocketPipe(_ -> 0, unused, pool)) {
            pool.release(taken.removeLast());
            assertEquals(0, flow.tryFill()); // as soon as there is a pipe again
        }
    }

    @Test
    void pipeThatCannotBeOpenedTakesNoPlace() {
        int most = takeAll();
        taken.forEach(pool::release);
        taken.clear();
        pool.close();
        var opener = new Opener();
        pool = new PipePool(opener::open);
        for (int i = 0; i < 3 * most; i++) {
            opener.failsForLackOfMemory = i % 2 == 0;
            if (i % 2 == 0) assertThrows(OutOfMemoryError.class, pool::take);
            else assertNull(pool.take());
        }
        opener.succeeds = true;
        assertEquals(most, takeAll());
    }

    private static final class Opener {
        boolean failsForLackOfMemory;
        boolean succeeds;

        @Nullable Pipe open() {
            if (succeeds) return Pipe.open();
            if (failsForLackOfMemory) throw new OutOfMemoryError("of the test");
            return null;
        }
    }
}
