package io.loomline.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loomline.probe.Call;
import io.loomline.probe.Eventually;
import io.loomline.probe.Medium;
import io.loomline.stream.ConnectionClosedException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;

/** A relay whose connection is lost, or that no longer receives bytes. */
@ParameterizedClass
@EnumSource(Medium.class)
class RelayLossTest extends RelayFixture {
    private Call<Relay.Counts> startRelay() throws Exception {
        return Call.of(relay::run).awaitIn("awaitReadable");
    }

    @Test
    void resetOfOnePeerResetsTheOther() throws Exception {
        assumeTrue(medium.tellsOfAnAbort());
        var running = startRelay();
        client.abort();
        var e = running.failure(IOException.class);
        assertFalse(e instanceof SocketTimeoutException, e::toString);
        assertThrows(IOException.class, () -> server.readLine());
    }

    @Test
    void resetInTheOppositeDirectionResetsTheOther() throws Exception {
        assumeTrue(medium.tellsOfAnAbort());
        var running = startRelay();
        server.abort();
        running.failure(IOException.class);
        assertThrows(IOException.class, () -> client.readLine());
    }

    @Test
    void peerThatLacksBytesNeverSeesAnEnd() throws Exception {
        assumeTrue(medium.tellsOfAnAbort());
        var running = startRelay();
        var line = Call.of(server::readLine);
        client.write("half a li");
        client.flush();
        assertTrue(line.awaitIn("awaitReadable") != null);
        client.abort();
        running.failure(IOException.class);
        line.failure(IOException.class);
    }

    /** The server answers before it has read everything, and closes. */
    @Test
    void answerArrivesFromAPeerThatStoppedReading() throws Exception {
        var running = startRelay();
        var answer = Call.of(client::readLine);
        var uploading = Call.running(() -> client.write(new byte[2 * medium.cloggingBytes()]));
        server.writeLine("413 too large");
        assertEquals("413 too large", answer.result());
        server.abort();
        running.failure(IOException.class);
        front.there().abort(); // as its server does after the relay
        uploading.failure(IOException.class);
    }

    @Test
    void ownCloseOfAConnectionEndsTheRelay() throws Exception {
        var running = startRelay();
        front.there().close();
        running.failure(ConnectionClosedException.class);
    }

    @Test
    void idleRelayTimesOutWithoutLoss() throws Exception {
        relay.idleTimeout(Duration.ofMinutes(2));
        var running = startRelay();
        clock.advance(Duration.ofMinutes(2).minusMillis(1));
        assertFalse(running.isDone());
        clock.advance(Duration.ofSeconds(1));
        var e = running.failure(SocketTimeoutException.class);
        assertTrue(e.getMessage().contains("idleTimeout PT2M"), e::toString);
        var line = Call.of(server::readLine);
        back.here().writeLine("usable");
        assertEquals("usable", line.result());
    }

    @Test
    void bytesInEitherDirectionRestartTheIdleTime() throws Exception {
        relay.idleTimeout(Duration.ofMinutes(2));
        var running = startRelay();
        for (int i = 0; i < 30; i++) {
            clock.advance(Duration.ofMinutes(1));
            var line = Call.of(client::readLine);
            server.writeLine("alive");
            assertEquals("alive", line.result());
            long passed = 6L * (i + 1);
            Eventually.holds(() -> relay.counts().secondToFirst() == passed);
            clock.advance(Duration.ofMinutes(1).minusMillis(1));
            assertFalse(running.isDone());
        }
        running.cancel();
        assertTrue(running.wasCancelled());
    }

    @Test
    void idleTimeoutOfTheConnectionsIsTheDefault() throws Exception {
        var running = startRelay();
        clock.advance(Duration.ofMinutes(5));
        clock.advance(Duration.ofSeconds(1));
        running.failure(SocketTimeoutException.class);
    }

    @Test
    void stalledPeerEndsTheRelayAtTheIdleTimeout() throws Exception {
        var running = startRelay();
        var uploading = Call.running(() -> client.write(new byte[2 * medium.cloggingBytes()]));
        uploading.awaitIn("awaitWritable");
        Eventually.holds(() -> {
            clock.advance(Duration.ofSeconds(1));
            return running.isDone();
        });
        running.failure(SocketTimeoutException.class);
        client.abort();
        uploading.awaitEnd();
    }
}
