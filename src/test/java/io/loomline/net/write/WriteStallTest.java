package io.loomline.net.write;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.wire.LinkFixture;
import io.loomline.probe.Call;
import io.loomline.probe.Eventually;
import io.loomline.probe.Link;
import io.loomline.probe.Medium;
import io.loomline.stream.Limits;
import io.loomline.task.Action;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A write waits for a peer that takes nothing, up to the write timeout. Taken bytes are not lost.
 */
@ParameterizedClass
@EnumSource(mode = Mode.EXCLUDE, names = "ONE_BYTE") // would take too long
class WriteStallTest extends LinkFixture {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final Duration NEARLY = TIMEOUT.minusMillis(1);
    private static final Duration REST = Duration.ofMillis(1);
    private static final int SMALL_BYTES = 50_000;

    private final ManualClock clock = new ManualClock();

    @Override
    protected Link connect() {
        return medium.open(clock);
    }

    @Test
    void largeWriteTimesOutWhenThePeerTakesNothing() throws Exception {
        var writer = startLargeWrite();
        clock.advance(NEARLY);
        assertFalse(writer.isDone());
        clock.advance(REST);
        var e = expire(writer);
        assertTrue(e.getMessage().contains("writeTimeout PT30S"), e::toString);
        assertTrue(e.getMessage().contains("" + link.here().remoteAddress()), e::toString);
    }

    @Test
    void writeTimeoutCanBeSet() throws Exception {
        link.here().limits(Limits.DEFAULT.withWriteTimeout(Duration.ofSeconds(2)));
        var writer = startLargeWrite();
        clock.advance(Duration.ofSeconds(2));
        var e = expire(writer);
        assertTrue(e.getMessage().contains("PT2S"), e::toString);
    }

    @Test
    void writeWithoutATimeoutKeepsWaiting() throws Exception {
        link.here().limits(Limits.NONE);
        var writer = startLargeWrite();
        clock.advance(Duration.ofDays(10));
        assertFalse(writer.isDone());
        link.there().readExactly(medium.cloggingBytes());
        writer.result();
    }

    @Test
    void slowPeerRestartsTheTimeout() throws Exception {
        int someBytes =
                medium == Medium.TCP
                        ? 4 << 20
                        : 100_000; // enough for the kernel to report the socket as writable
        var writer = Call.running(() -> link.here().write(new byte[3 * medium.cloggingBytes()]));
        writer.awaitIn("awaitWritable");
        for (int i = 0; i < 3; i++) {
            clock.advance(NEARLY);
            link.there().readExactly(someBytes);
            writer.awaitIn("awaitWritable");
        }
        assertFalse(writer.isDone());
        var e = assertThrows(SocketTimeoutException.class, () -> awaitWhileTimePasses(writer));
        assertTrue(e.getMessage().contains("writeTimeout"), e::toString);
    }

    @Test
    void takenSmallWritesReturnAndTheNextOneThrowsAtOnce() throws Exception {
        int taken = clogWithSmallWrites();
        assertEquals(taken, link.here().bytesWritten());
        for (int i = 0; i < 3; i++) { // no time passes
            awaitTimeoutOf(() -> link.here().write(new byte[1]));
            awaitTimeoutOf(() -> link.here().writeLine("more"));
            awaitTimeoutOf(() -> link.here().flush());
        }
    }

    @Test
    void writesContinueWithoutLossWhenThePeerReadsAgain() throws Exception {
        int taken = clogWithSmallWrites();
        awaitWhileTimePasses(Call.of(() -> link.there().readExactly(taken)));
        var line = Call.of(link.there()::readLine);
        link.here().writeLine("again");
        assertEquals("again", line.result());
    }

    private <T> T awaitWhileTimePasses(Call<T> call) throws Exception {
        Eventually.holds(() -> {
            clock.advance(Duration.ofMillis(1));
            return call.isDone();
        });
        return call.result();
    }

    @Test
    void writeBehindAStalledOneTimesOutToo() throws Exception {
        var first = startLargeWrite();
        var second = Call.running(() -> link.here().write(new byte[1])).awaitIn("lock");
        Eventually.holds(() -> { // the kernel may still take some bytes
            clock.advance(TIMEOUT);
            return first.isDone();
        });
        first.failure(SocketTimeoutException.class);
        if (medium == Medium.LOCK_STEP) {
            assertTrue(awaitWhileTimePasses(second), "the buffer has it: nothing was before it");
        } else {
            var e = second.failure(IOException.class);
            assertTrue(e.getMessage().contains("was cut in the middle"), e::toString);
        }
    }

    @Test
    void shutdownAfterATimeoutDoesNotWait() throws Exception {
        clogWithSmallWrites();
        assertThrows(SocketTimeoutException.class, () -> link.here().shutdownOutput());
        link.here().abort();
    }

    @Test
    void readsContinueDuringAStall() throws Exception {
        clogWithSmallWrites();
        link.feed("still there\n");
        assertEquals("still there", link.here().readLine());
    }

    /** The answer stays in the buffer, because more requests are unread. */
    @Test
    void bufferedBytesAreSentWhenThePeerReadsAgain() throws Exception {
        int clogged = clogExceptForTheBuffer();
        var requests = Call.running(() -> link.there().write("one\ntwo\n"));
        assertEquals("one", link.here().readLine());
        requests.result();
        link.here().writeLine("answer");
        clock.advance(
                Duration.ofMinutes(2)); // no call is made, and the background flush has timed out
        awaitWhileTimePasses(Call.of(() -> link.there().readExactly(clogged)));
        assertEquals("answer", awaitWhileTimePasses(Call.of(link.there()::readLine)));
    }

    /** Fills all buffers except the connection's own. Returns the number of bytes. */
    private int clogExceptForTheBuffer() throws Exception {
        while (link.here().tryWrite(ByteBuffer.allocate(SMALL_BYTES)) > 0) {}
        return (int) link.here().bytesWritten();
    }

    private Call<Boolean> startLargeWrite() throws Exception {
        var writer = Call.running(() -> link.here().write(new byte[medium.cloggingBytes()]));
        return writer.awaitIn("awaitWritable");
    }

    /**
     * Lets the time of a write pass. On a busy machine the kernel still takes bytes while the
     * writer waits, and each time the timeout restarts.
     */
    private SocketTimeoutException expire(Call<?> writer) throws Exception {
        advanceUntilDone(writer);
        return writer.failure(SocketTimeoutException.class);
    }

    private void advanceUntilDone(Call<?> call) throws InterruptedException {
        Eventually.holds(() -> {
            if (!call.isDone()) clock.advance(TIMEOUT);
            return call.isDone();
        });
    }

    /** Fills all buffers by small writes, until one times out. Returns the number of bytes. */
    private int clogWithSmallWrites() throws Exception {
        var taken = new AtomicInteger();
        expire(
                Call.running(
                                () -> {
                                    while (true) {
                                        link.here().write(new byte[SMALL_BYTES]);
                                        taken.addAndGet(SMALL_BYTES);
                                    }
                                })
                        .awaitIn("awaitWritable"));
        return taken.get();
    }

    /**
     * Repeats a call that succeeds or waits because the kernel takes more bytes, until one times
     * out without a wait.
     */
    private void awaitTimeoutOf(Action<Exception> body) throws Exception {
        while (true) {
            var call = Call.running(body);
            boolean waited = !call.endsBefore("awaitWritable");
            advanceUntilDone(call);
            if (waited) continue;
            try {
                call.result();
            } catch (SocketTimeoutException e) {
                return;
            }
        }
    }
}
