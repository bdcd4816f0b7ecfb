package io.loomline.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.Relay.Counts;
import io.loomline.probe.Call;
import io.loomline.probe.Eventually;
import io.loomline.probe.Medium;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.channels.ReadPendingException;
import java.util.Random;

/** A client and a server with a relay between them: each receives exactly the other's bytes. */
@ParameterizedClass
@EnumSource(Medium.class)
class RelayTest extends RelayFixture {
    private byte[] someBytes(int seed) {
        byte[] bytes = new byte[medium == Medium.ONE_BYTE ? 2_000 : 500_000];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    @Test
    void linesAndEndsAreForwardedInBothDirections() throws Exception {
        var running = Call.of(relay::run);
        var request = Call.of(server::readLine);
        client.writeLine("ping");
        assertEquals("ping", request.result());
        var answer = Call.of(client::readLine);
        server.writeLine("pong!");
        assertEquals("pong!", answer.result());
        client.shutdownOutput();
        assertNull(server.readLine());
        assertFalse(running.isDone());
        server.shutdownOutput();
        assertNull(client.readLine());
        assertEquals(new Counts(5, 6), running.result());
    }

    @Test
    void bulkArrivesWholeInBothDirectionsAtOnce() throws Exception {
        byte[] up = someBytes(1);
        byte[] down = someBytes(2);
        var running = Call.of(relay::run);
        var sending = Call.running(() -> send(client, up));
        var answering = Call.running(() -> send(server, down));
        var received = Call.of(() -> client.readAll(down.length));
        assertArrayEquals(up, server.readAll(up.length));
        assertArrayEquals(down, received.result());
        sending.result();
        answering.result();
        assertEquals(new Counts(up.length, down.length), running.result());
    }

    private static void send(Connection to, byte[] bytes) throws Exception {
        to.write(bytes);
        to.shutdownOutput();
    }

    @Test
    void oppositeDirectionContinuesAfterTheEndOfOne() throws Exception {
        byte[] down = someBytes(3);
        var running = Call.of(relay::run);
        client.shutdownOutput();
        assertNull(server.readLine());
        var answering = Call.running(() -> send(server, down));
        assertArrayEquals(down, client.readAll(down.length));
        answering.result();
        assertEquals(new Counts(0, down.length), running.result());
    }

    @Test
    void blockedDirectionDoesNotStopTheOther() throws Exception {
        var running = Call.of(relay::run);
        var clogged = Call.running(() -> client.write(new byte[2 * medium.cloggingBytes()]));
        clogged.awaitIn("awaitWritable");
        for (int i = 0; i < 3; i++) {
            var line = Call.of(client::readLine);
            server.writeLine("line " + i);
            assertEquals("line " + i, line.result());
        }
        assertFalse(clogged.isDone());
        Eventually.holds(() ->
                relay.counts().secondToFirst() == 21); // counted once the connection has taken them
        running.cancel();
        assertTrue(running.wasCancelled());
    }

    @Test
    void countsGrowWhileTheRelayRuns() throws Exception {
        var running = Call.of(relay::run);
        var line = Call.of(server::readLine);
        client.writeLine("12345");
        line.result();
        Eventually.holds(() -> relay.counts().equals(new Counts(6, 0)));
        running.cancel();
        assertTrue(running.wasCancelled());
    }

    @Test
    void cancelEndsBothDirectionsAndLeavesTheConnectionsOpen() throws Exception {
        var running = Call.of(relay::run).awaitIn("awaitReadable");
        running.cancel();
        assertTrue(running.wasCancelled());
        var line = Call.of(server::readLine);
        back.here().writeLine("usable");
        assertEquals("usable", line.result());
        assertTrue(front.there().isOpen());
    }

    @Test
    void secondRelayOfAConnectionIsRefused() throws Exception {
        var running = Call.of(relay::run).awaitIn("awaitReadable");
        var refusal = assertThrows(ReadPendingException.class, () -> relay.run());
        assertEquals(
                "another relay is reading from " + front.there().remoteAddress(),
                refusal.getMessage());
        client.shutdownOutput();
        server.shutdownOutput();
        assertEquals(new Counts(0, 0), running.result());
    }

    @Test
    void relayRunsOutsideATask() throws Exception {
        var line = Call.of(server::readLine);
        var request =
                Call.running(() -> {
                    client.writeLine("hello");
                    client.shutdownOutput();
                    server.shutdownOutput();
                });
        assertEquals(new Counts(6, 0), relay.run());
        request.result();
        assertEquals("hello", line.result());
    }

    @Test
    void relayOfAConnectionWithItselfIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> Relay.between(client, client));
    }
}
