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

/** Whoever closes one of its connections ends a relay, wherever it waits; no time passes. */
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
        assertTrue(back.here().isOpen()); // its peer has got the whole
    }

    @Test
    void abortDoesSoToo() throws Exception {
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
        assertFalse(back.here().isOpen()); // reset: its peer has got a part
        uploading.failure(IOException.class);
    }

    @Test
    void closeBeforeTheEndDoesNotLookLikeTheEnd() throws Exception {
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
    void closedConnectionIsNotRelayedAtAll() {
        back.here().close();
        assertThrows(ConnectionClosedException.class, relay::run);
    }

    /** The relay has nothing to do with it any more. */
    @Test
    void closeAfterTheRelayHasEndedEndsNothing() throws Exception {
        var running = Call.of(relay::run).awaitIn("awaitReadable");
        running.cancel();
        assertTrue(running.wasCancelled());
        front.there().close();
        assertTrue(back.here().isOpen());
        var line = Call.of(server::readLine);
        back.here().writeLine("usable");
        assertEquals("usable", line.result());
    }

    /** The limit of one connection, while the opposite direction waits for nothing of it. */
    @Test
    void limitThatRunsOutInOneDirectionEndsTheOther() throws Exception {
        front.there().limits(Limits.NONE.withReadTimeout(Duration.ofSeconds(1)));
        back.here().limits(Limits.NONE);
        var running = Call.of(relay::run).awaitIn("awaitReadable");
        clock.advance(Duration.ofSeconds(1));
        running.failure(SocketTimeoutException.class);
        assertTrue(front.there().isOpen() && back.here().isOpen());
    }
}
