package io.loomline.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.loomline.net.Relay.Counts;
import io.loomline.probe.Call;
import io.loomline.probe.Medium;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

/** A filter of a relay sees each byte once and decides what is forwarded. */
@ParameterizedClass
@EnumSource(Medium.class)
class RelayFilterTest extends RelayFixture {
    private static String text(ByteBuffer bytes) {
        return US_ASCII.decode(bytes).toString();
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(US_ASCII));
    }

    @Test
    void eachDirectionHasItsOwnFilter() throws Exception {
        relay.filterFirstToSecond(in -> bytes(text(in).toUpperCase(Locale.ROOT)));
        relay.filterSecondToFirst(in -> bytes(text(in).replace("o", "oo")));
        var running = Call.of(relay::run);
        var request = Call.of(server::readLine);
        client.writeLine("ping");
        assertEquals("PING", request.result());
        var answer = Call.of(client::readLine);
        server.writeLine("pong");
        assertEquals("poong", answer.result());
        client.shutdownOutput();
        server.shutdownOutput();
        assertEquals(new Counts(5, 6), running.result());
    }

    @Test
    void filterThatReturnsItsArgumentSeesEveryByteOnce() throws Exception {
        byte[] sent = new byte[medium == Medium.ONE_BYTE ? 2_000 : 500_000];
        new Random(1).nextBytes(sent);
        var seen = new ByteArrayOutputStream();
        relay.filterFirstToSecond(in -> {
            byte[] copy = new byte[in.remaining()];
            in.duplicate().get(copy);
            seen.writeBytes(copy);
            return in;
        });
        var running = Call.of(relay::run);
        var sending =
                Call.running(() -> {
                    client.write(sent);
                    client.shutdownOutput();
                });
        assertArrayEquals(sent, server.readAll(sent.length));
        server.shutdownOutput();
        assertNull(client.readLine());
        sending.result();
        running.result();
        assertArrayEquals(sent, seen.toByteArray());
    }

    @Test
    void filterMayHoldBackBytesUntilTheEnd() throws Exception {
        var held = new StringBuilder();
        relay.filterFirstToSecond(in -> {
            if (!in.hasRemaining()) return bytes(held.reverse().toString());
            held.append(text(in));
            return ByteBuffer.allocate(0);
        });
        var running = Call.of(relay::run);
        client.write("abc");
        client.shutdownOutput();
        var reversed = Call.of(() -> server.readAll(100));
        assertEquals("cba", new String(reversed.result(), US_ASCII));
        server.shutdownOutput();
        assertEquals(new Counts(3, 0), running.result());
    }

    @Test
    void bytesOfAFilterSurviveACancelledRun() throws Exception {
        int size = 2 * medium.cloggingBytes();
        byte[] out = new byte[medium == Medium.ONE_BYTE ? 5_000 : size];
        new Random(2).nextBytes(out);
        relay.filterFirstToSecond(in -> in.hasRemaining() ? ByteBuffer.wrap(out) : in);
        var cut = Call.of(relay::run);
        client.write("x");
        cut.awaitIn("awaitWritable");
        client.shutdownOutput();
        cut.cancel();
        assertTrue(cut.wasCancelled());
        var running = Call.of(relay::run);
        assertArrayEquals(out, server.readAll(out.length));
        server.shutdownOutput();
        running.result();
        assertEquals(out.length, relay.counts().firstToSecond());
    }

    @Test
    void filterSeesTheEndOnceInSpiteOfACancel() throws Exception {
        byte[] last = new byte[medium == Medium.ONE_BYTE ? 5_000 : 2 * medium.cloggingBytes()];
        var ends = new AtomicInteger();
        relay.filterFirstToSecond(in -> {
            if (in.hasRemaining()) return in;
            ends.incrementAndGet();
            return ByteBuffer.wrap(last);
        });
        client.shutdownOutput();
        var cut = Call.of(relay::run).awaitIn("awaitWritable");
        cut.cancel();
        assertTrue(cut.wasCancelled());
        var running = Call.of(relay::run);
        assertArrayEquals(last, server.readAll(last.length));
        server.shutdownOutput();
        assertEquals(new Counts(last.length, 0), running.result());
        assertEquals(new Counts(last.length, 0), Call.of(relay::run).result());
        assertEquals(1, ends.get());
    }

    @Test
    void failureOfAFilterFailsTheRelayAndResetsTheOtherSide() throws Exception {
        var failure = new IOException("a forbidden command");
        relay.filterFirstToSecond(_ -> {
            throw failure;
        });
        var running = Call.of(relay::run);
        client.write("D"); // of one byte, because a longer write may see the reset
        assertSame(failure, running.failure(IOException.class));
        if (medium.tellsOfAnAbort()) assertThrows(IOException.class, server::readLine);
    }
}
