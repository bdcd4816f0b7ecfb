package io.loomline.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loomline.probe.Call;
import io.loomline.probe.Eventually;
import io.loomline.stream.Limits;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;

/** After a relay was cut, no peer takes a part for the whole. */
@ParameterizedClass
@EnumSource(
        mode = Mode.EXCLUDE,
        names = {"ONE_BYTE", "LOCK_STEP"}) // they buffer next to nothing
class RelayLimitTest extends RelayFixture {
    private Call<Boolean> downloading;
    private Call<Relay.Counts> running;

    @BeforeEach
    void start() {
        relay.idleTimeout(Limits.NO_LIMIT);
        server.limits(Limits.NONE);
    }

    /** The client stops reading in the middle of the server's bytes. */
    private void stall() throws Exception {
        running = Call.of(relay::run);
        downloading =
                Call.running(() -> {
                    server.write(new byte[2 * medium.cloggingBytes()]);
                    server.shutdownOutput();
                });
        downloading.awaitIn("awaitWritable");
        Eventually.holds(() -> isStalled());
    }

    private boolean isStalled() {
        long before = relay.counts().secondToFirst();
        Thread.onSpinWait();
        return before > 0 && relay.counts().secondToFirst() == before;
    }

    @Test
    void pausingReaderHoldsBackTheWriterAndGetsAllBytes() throws Exception {
        front.there().limits(front.there().limits().withWriteTimeout(Duration.ofSeconds(4)));
        stall();
        for (int i = 0; i < 20; i++) {
            clock.advance(Duration.ofMinutes(1));
            assertFalse(running.isDone());
        }
        assertEquals(2 * medium.cloggingBytes(), client.readAll(1 << 30).length);
        client.shutdownOutput();
        running.result();
        downloading.result();
    }

    /** Neither a pause of the reader nor one of the writer is a slow message. */
    @Test
    void minimumRateDoesNotHoldForARelay() throws Exception {
        var demanding = Limits.NONE.withMinimumRate(1 << 30, Duration.ofSeconds(4));
        front.there().limits(demanding);
        back.here().limits(demanding);
        stall();
        clock.advance(Duration.ofMinutes(1));
        assertFalse(running.isDone());
        client.readAll(1 << 30);
        clock.advance(Duration.ofMinutes(1));
        client.shutdownOutput();
        running.result();
        downloading.result();
        assertEquals(demanding.minimumRate(), front.there().limits().minimumRate());
    }

    @Test
    void writeTimeoutOfTheRelayApplies() throws Exception {
        relay.writeTimeout(Duration.ofSeconds(4));
        stall();
        advanceToTheEnd(Duration.ofSeconds(4));
        var e = running.failure(SocketTimeoutException.class);
        assertTrue(e.getMessage().contains("PT4S"), e::toString);
        requireResets();
    }

    @Test
    void idleTimeoutResetsPeersThatLackBytes() throws Exception {
        relay.idleTimeout(Duration.ofSeconds(10));
        stall();
        advanceToTheEnd(Duration.ofSeconds(10));
        running.failure(SocketTimeoutException.class);
        requireResets();
    }

    @Test
    void readTimeoutResetsPeersThatLackBytes() throws Exception {
        var limits = front.there().limits().withReadTimeout(Duration.ofSeconds(3));
        front.there().limits(limits);
        stall();
        advanceToTheEnd(Duration.ofSeconds(3));
        running.failure(SocketTimeoutException.class);
        requireResets();
    }

    @Test
    void closesAfterACancelledRelayAreResets() throws Exception {
        stall();
        running.cancel();
        assertTrue(running.wasCancelled());
        requireResets();
    }

    @Test
    void writeAfterACancelMakesTheCloseOrderly() throws Exception {
        running = Call.of(relay::run);
        var line = Call.of(client::readLine);
        server.write("half a ");
        Eventually.holds(() -> relay.counts().secondToFirst() == 7);
        running.cancel();
        assertTrue(running.wasCancelled());
        front.there().writeLine("line");
        assertEquals("half a line", line.result());
        var end = Call.of(client::readLine);
        front.there().close();
        assertEquals(null, end.result());
    }

    /** Covers the calls that streams make before they close. */
    @Test
    void callsThatWriteNoByteLeaveTheCloseAReset() throws Exception {
        stall();
        running.cancel();
        assertTrue(running.wasCancelled());
        Connection cut = back.here(); // it has no unsent bytes
        cut.flush();
        cut.write(new byte[0]);
        cut.tryWrite(ByteBuffer.allocate(0));
        cut.outputStream().flush();
        assumeTrue(medium.tellsOfAnAbort());
        cut.close();
        assertThrows(IOException.class, () -> server.readLine());
        server.abort();
        downloading.awaitEnd();
    }

    @Test
    void peerThatGotAllBytesSeesTheEnd() throws Exception {
        running = Call.of(relay::run);
        var all = Call.of(() -> client.readAll(1_000).length);
        server.write(new byte[1_000]);
        server.shutdownOutput();
        assertEquals(1_000, all.result());
        Eventually.holds(() -> relay.counts().secondToFirst() == 1_000);
        running.cancel();
        assertTrue(running.wasCancelled());
        var end = Call.of(() -> client.read(1).length);
        front.there().close();
        assertEquals(0, end.result());
    }

    private void advanceToTheEnd(Duration step) throws InterruptedException {
        Eventually.holds(() -> { // the kernel may still take some bytes
            clock.advance(step);
            return running.isDone();
        });
    }

    /** Closes both connections, as after a proxy's handler. */
    private void requireResets() throws Exception {
        assumeTrue(medium.tellsOfAnAbort());
        var reading = Call.of(() -> client.readAll(1 << 30).length);
        front.there().close();
        back.here().close();
        reading.failure(IOException.class);
        downloading.failure(IOException.class);
        assertThrows(IOException.class, () -> server.readLine());
    }
}
