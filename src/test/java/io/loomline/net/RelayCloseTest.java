package io.loomline.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loomline.probe.Call;
import io.loomline.probe.Medium;
import io.loomline.stream.ConnectionClosedException;
import io.loomline.stream.Limits;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;

/** Closing one of its connections ends a relay at once, wherever it waits. */
@ParameterizedClass
@EnumSource(Medium.class)
class RelayCloseTest extends RelayFixture {
    @Test
    void closeOfAConnectionWhoseInputHasEndedEndsTheOppositeDirection() throws Exception {
        var running = Call.of(relay::run);
        client.shutdownOutput();
        assertNull(server.readLine());
        front.there().close();
        running.failure(ConnectionClosedException.class);
        assertTrue(back.here().isOpen()); // its peer got all bytes
    }

    @Test
    void abortOfAConnectionWhoseInputHasEndedEndsTheOppositeDirection() throws Exception {
        var running = Call.of(relay::run);
        server.shutdownOutput();
        assertNull(client.readLine());
        back.here().abort();
        running.failure(ConnectionClosedException.class);
        assertTrue(front.there().isOpen());
    }

    @Test
    void closeEndsADirectionThatIsBlockedAtTheOtherConnection() throws Exception {
        var running = Call.of(relay::run);
        var uploading = Call.running(() -> client.write(new byte[2 * medium.cloggingBytes()]));
        uploading.awaitIn("awaitWritable");
        front.there().abort();
        running.failure(ConnectionClosedException.class);
        assertFalse(back.here().isOpen()); // reset, because its peer lacks bytes
        uploading.failure(IOException.class);
    }

    @Test
    void closeBeforeTheEndIsAResetForThePeer() throws Exception {
        assumeTrue(medium.tellsOfAnAbort());
        var running = Call.of(relay::run).awaitIn("awaitReadable");
        var line = Call.of(server::readLine);
        client.write("half a li");
        line.awaitIn("awaitReadable");
        front.there().close();
        running.failure(ConnectionClosedException.class);
        line.failure(IOException.class);
    }

    @Test
    void relayOfAClosedConnectionThrowsAtOnce() {
        back.here().close();
        assertThrows(ConnectionClosedException.class, relay::run);
    }

    /** The relay no longer watches the connection. */
    @Test
    void closeAfterTheRelayHasNoEffectOnIt() throws Exception {
        var running = Call.of(relay::run).awaitIn("awaitReadable");
        running.cancel();
        assertTrue(running.wasCancelled());
        front.there().close();
        assertTrue(back.here().isOpen());
        var line = Call.of(server::readLine);
        back.here().writeLine("usable");
        assertEquals("usable", line.result());
    }

    /** The limit belongs to one connection, while the opposite direction waits for the other. */
    @Test
    void limitThatExpiresInOneDirectionEndsTheOther() throws Exception {
        front.there().limits(Limits.NONE.withReadTimeout(Duration.ofSeconds(1)));
        back.here().limits(Limits.NONE);
        var running = Call.of(relay::run).awaitIn("awaitReadable");
        clock.advance(Duration.ofSeconds(1));
        running.failure(SocketTimeoutException.class);
        assertTrue(front.there().isOpen() && back.here().isOpen());
    }
}
