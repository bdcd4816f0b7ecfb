package io.loomline.net.read;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.wire.LinkFixture;
import io.loomline.probe.Call;
import io.loomline.probe.Eventually;
import io.loomline.probe.Medium;
import io.loomline.task.Deadline;
import io.loomline.task.SystemClock;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeoutException;

/** A cancelled read consumes nothing, and the connection stays usable. */
@ParameterizedClass
@EnumSource(Medium.class)
class CancelledReadTest extends LinkFixture {
    @Test
    void readLineKeepsBytesWhenCancelled() throws Exception {
        var call = Call.of(link.here()::readLine);
        link.there().write("half a ");
        call.awaitIn("awaitReadable");
        call.cancel();
        assertTrue(call.wasCancelled());
        assertTrue(link.here().isOpen());
        var peer = link.feed("line\n");
        assertEquals("half a line", link.here().readLine());
        peer.result();
    }

    @Test
    void readExactlyKeepsBytesWhenCancelled() throws Exception {
        var call = Call.of(() -> link.here().readExactly(10));
        link.there().write("123");
        call.awaitIn("awaitReadable");
        call.cancel();
        assertTrue(call.wasCancelled());
        var peer = link.feed("45\n");
        assertEquals("12345", link.here().readLine());
        peer.result();
    }

    @Test
    void everyReadOfACancelledTaskThrows() throws Exception {
        var peer = link.feed("a\nb\n");
        assertEquals("a", link.here().readLine());
        var call =
                Call.running(() -> {
                    try {
                        new CountDownLatch(1).await();
                    } catch (InterruptedException e) {
                        requireEveryReadThrows();
                        throw e;
                    }
                });
        call.awaitIn("await");
        call.cancel();
        assertTrue(call.wasCancelled());
        assertEquals("b", link.here().readLine());
        peer.result();
    }

    private void requireEveryReadThrows() {
        for (int i = 0; i < 3; i++) {
            assertThrows(InterruptedException.class, link.here()::readLine);
            assertThrows(InterruptedException.class, () -> link.here().readExactly(1));
            assertThrows(InterruptedException.class, () -> link.here().read(new byte[1], 0, 1));
            assertTrue(Thread.currentThread().isInterrupted());
        }
    }

    @Test
    void deadlineEndsAReadAndTheNextOneGetsItsBytes() throws Exception {
        var clock = new ManualClock();
        var call =
                Call.of(() ->
                        Deadline.after(Duration.ofHours(1), clock).call(link.here()::readLine));
        link.there().write("half a ");
        call.awaitIn("awaitReadable");
        clock.advance(Duration.ofHours(1));
        call.failure(TimeoutException.class);
        var peer = link.feed("line\n");
        assertEquals("half a line", link.here().readLine());
        peer.result();
    }

    @Test
    void expiredDeadlineThrowsOnEntry() throws Exception {
        var over = Deadline.after(Duration.ZERO, SystemClock.INSTANCE);
        assertThrows(TimeoutException.class, () -> over.call(link.here()::readLine));
        assertFalse(Thread.currentThread().isInterrupted());
        var peer = link.feed("line\n");
        assertEquals("line", link.here().readLine());
        peer.result();
    }

    @Test
    void interruptEndsAReadOutsideATask() throws Exception {
        var thread = Thread.currentThread();
        var interrupting =
                Call.running(() -> {
                    Eventually.waitsIn(thread, "awaitReadable");
                    thread.interrupt();
                });
        assertThrows(InterruptedException.class, link.here()::readLine);
        assertFalse(thread.isInterrupted());
        interrupting.result();
        var peer = link.feed("line\n");
        assertEquals("line", link.here().readLine());
        peer.result();
    }

    @Test
    void interruptOutsideATaskThrowsOnEntry() throws Exception {
        var peer = link.feed("line\n");
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, link.here()::readLine);
        assertEquals("line", link.here().readLine());
        peer.result();
    }

    @Test
    void platformThreadCanRead() throws Exception {
        var read = new FutureTask<>(link.here()::readLine);
        Thread.ofPlatform().daemon().start(read);
        var peer = link.feed("line\n");
        assertEquals("line", read.get());
        peer.result();
    }
}
