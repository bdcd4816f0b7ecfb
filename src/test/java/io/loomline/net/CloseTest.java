package io.loomline.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.wire.LinkFixture;
import io.loomline.probe.Call;
import io.loomline.probe.Link;
import io.loomline.probe.Medium;
import io.loomline.stream.ConnectionClosedException;
import io.loomline.task.Action;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.ByteBuffer;
import java.util.List;

/** The effects of a close on both sides. */
@ParameterizedClass
@EnumSource(Medium.class)
class CloseTest extends LinkFixture {
    @Test
    void everyCallOnAClosedConnectionThrows() {
        link.here().close();
        requireEveryCallThrows();
    }

    @Test
    void everyCallOnAnAbortedConnectionThrows() {
        link.here().abort();
        requireEveryCallThrows();
    }

    private void requireEveryCallThrows() {
        List<Action<Exception>> calls =
                List.of(
                        here::readLine,
                        () -> here.readExactly(1),
                        () -> here.readExactly(0),
                        () -> here.read(new byte[1], 0, 1),
                        () -> here.read(ByteBuffer.allocate(1)),
                        () -> here.write("text"),
                        () -> here.write(new byte[0]),
                        () -> here.writeLine(""),
                        () -> here.write(new byte[200_000]),
                        here::flush,
                        here::shutdownOutput);
        for (int i = 0; i < calls.size(); i++) {
            var call = calls.get(i);
            var e = assertThrows(ConnectionClosedException.class, call::run, "call " + i);
            assertTrue(e.getMessage().contains("" + here.remoteAddress()), e::toString);
        }
        assertFalse(here.isOpen());
    }

    @Test
    void unreadInputIsDroppedByTheClose() throws Exception {
        link.feed("a\nb\n");
        assertEquals("a", link.here().readLine());
        link.here().close();
        assertThrows(ConnectionClosedException.class, link.here()::readLine);
    }

    @Test
    void addressesAndCountsAreAvailableAfterTheClose() throws Exception {
        var local = link.here().localAddress();
        var remote = link.here().remoteAddress();
        link.feed("12\n");
        link.here().readLine();
        link.here().close();
        assertEquals(local, link.here().localAddress());
        assertEquals(remote, link.here().remoteAddress());
        assertEquals(remote, link.there().localAddress());
        assertEquals(3, link.here().bytesRead());
        assertTrue(link.here().toString().contains("" + remote), link.here()::toString);
    }

    @Test
    void closeSendsBufferedBytes() throws Exception {
        link.feed("a\nb\n");
        assertEquals("a", link.here().readLine());
        var closing =
                Call.running(() -> {
                    link.here().writeLine("A");
                    link.here().close();
                });
        assertEquals("A", link.there().readLine());
        assertNull(link.there().readLine());
        closing.result();
    }

    @Test
    void furtherClosesHaveNoEffect() throws Exception {
        link.here().close();
        link.here().close();
        link.here().abort();
        link.here().close();
        assertNull(link.there().readLine());
    }

    @Test
    void closeDoesNotThrowWhenThePeerHasGone() throws Exception {
        link.there().abort();
        link.here().close();
        try (Link other = medium.open()) {
            other.there().close();
            other.here().close();
        }
        try (Link other = medium.open()) {
            var writer = Call.running(() -> other.here().write("nobody reads this"));
            other.there().abort();
            writer.awaitEnd();
            other.here().close();
        }
    }

    @Test
    void simultaneousClosesOfBothSidesDoNotThrow() throws Exception {
        var closing = Call.running(link.here()::close);
        link.there().close();
        closing.result();
    }
}
