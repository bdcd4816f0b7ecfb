package io.loomline.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.wire.LinkFixture;
import io.loomline.probe.Call;
import io.loomline.probe.Link;
import io.loomline.probe.Medium;
import io.loomline.stream.Limits;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/** A close waits for a peer that does not read, for a bounded time. */
@ParameterizedClass
@EnumSource(Medium.class)
class CloseBoundTest extends LinkFixture {
    private static final Duration BOUND = Duration.ofSeconds(5);

    private final ManualClock clock = new ManualClock();

    @Override
    protected Link connect() {
        return medium.open(clock);
    }

    @Test
    void peerThatDoesNotReadIsResetAfterFiveSeconds() throws Exception {
        clog();
        var closing = Call.running(link.here()::close).awaitIn("sendWhileClosing");
        clock.advance(BOUND.minusNanos(1));
        assertFalse(closing.isDone());
        clock.advance(Duration.ofNanos(1));
        closing.result();
        requireResetSeenByPeer();
    }

    private void requireResetSeenByPeer() throws Exception {
        if (medium.tellsOfAnAbort()) {
            assertThrows(IOException.class, () -> countToTheEnd(link.there()));
        } else {
            assertTrue(countToTheEnd(link.there()) < link.here().bytesWritten());
        }
    }

    @Test
    void shorterWriteTimeoutBoundsTheClose() throws Exception {
        link.here().limits(Limits.DEFAULT.withWriteTimeout(Duration.ofSeconds(2)));
        clog();
        var closing = Call.running(link.here()::close).awaitIn("sendWhileClosing");
        clock.advance(Duration.ofSeconds(2).minusNanos(1));
        assertFalse(closing.isDone());
        clock.advance(Duration.ofNanos(1));
        closing.result();
    }

    @Test
    void peerThatReadsLateGetsAllBytes() throws Exception {
        clog();
        var closing = Call.running(link.here()::close).awaitIn("sendWhileClosing");
        clock.advance(BOUND.minusNanos(1));
        assertEquals(link.here().bytesWritten(), countToTheEnd(link.there()));
        closing.result();
    }

    @Test
    void cancelledTaskDoesNotWait() throws Exception {
        clog();
        var closing =
                Call.running(() -> {
                    try {
                        new CountDownLatch(1).await();
                    } finally {
                        link.here().close();
                        assertTrue(Thread.currentThread().isInterrupted());
                    }
                });
        closing.awaitIn("await");
        closing.cancel();
        assertTrue(closing.wasCancelled());
        requireResetSeenByPeer();
    }

    @Test
    void cancelEndsTheWait() throws Exception {
        clog();
        var closing = Call.running(link.here()::close).awaitIn("sendWhileClosing");
        closing.cancel();
        closing.awaitEnd();
        requireResetSeenByPeer();
    }

    @Test
    void abortEndsTheWait() throws Exception {
        clog();
        var closing = Call.running(link.here()::close).awaitIn("sendWhileClosing");
        link.here().abort();
        closing.result();
        requireResetSeenByPeer();
    }

    @Test
    void secondCloseDoesNotWait() throws Exception {
        clog();
        var closing = Call.running(link.here()::close).awaitIn("sendWhileClosing");
        link.here().close();
        assertFalse(closing.isDone());
        link.there().abort();
        closing.result();
    }

    @Test
    void peerThatGoesAwayEndsTheWait() throws Exception {
        clog();
        var closing = Call.running(link.here()::close).awaitIn("sendWhileClosing");
        link.there().abort();
        closing.result();
    }

    /** Writes until the connection's own buffer has bytes that the peer does not take. */
    private void clog() throws Exception {
        int length = medium == Medium.ONE_BYTE ? 1_000 : 64 * 1024;
        while (!Call.running(() -> link.here().write(new byte[length])).cutIn("write")) {}
    }

    private static long countToTheEnd(Connection connection) throws Exception {
        byte[] target = new byte[100_000];
        long count = 0;
        for (int n; (n = connection.read(target, 0, target.length)) >= 0; ) count += n;
        return count;
    }
}
