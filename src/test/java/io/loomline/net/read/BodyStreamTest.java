package io.loomline.net.read;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.wire.LinkFixture;
import io.loomline.probe.Call;
import io.loomline.probe.Medium;
import io.loomline.stream.IncompleteReadException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** A stream of the next bytes ends after them and leaves the connection in step. */
@ParameterizedClass
@EnumSource(Medium.class)
class BodyStreamTest extends LinkFixture {
    @Test
    void bodyEndsWhereTheNextMessageBegins() throws Exception {
        var peer = link.feed("12345678next\n");
        InputStream body = here.inputStream(8);
        assertEquals('1', body.read());
        byte[] target = new byte[10];
        assertEquals(3, body.readNBytes(target, 1, 3));
        assertEquals('4', target[3]);
        assertEquals(0, body.read(target, 0, 0));
        body.skipNBytes(2);
        assertEquals(2, body.readAllBytes().length);
        assertEquals(-1, body.read());
        assertEquals(-1, body.read(target));
        assertEquals(0, body.read(target, 0, 0));
        assertEquals(0, body.skip(5));
        assertEquals(0, body.available());
        assertEquals("next", here.readLine());
        body.close();
        assertTrue(here.isOpen());
        peer.result();
    }

    @Test
    void availableIsBoundedByTheBody() throws Exception {
        if (medium == Medium.LOCK_STEP || medium == Medium.ONE_BYTE) return;
        var peer = link.feed("123456");
        here.peek(6);
        assertEquals(4, here.inputStream(4).available());
        peer.result();
    }

    @Test
    void closeSkipsTheRestAndMixesWithOtherReads() throws Exception {
        var peer = link.feed("0123456789".repeat(500) + "next\n");
        try (var body = here.inputStream(5_000)) {
            assertArrayEquals(bytes("01234"), body.readNBytes(5));
        }
        assertEquals("next", here.readLine());
        assertEquals(5_005, here.bytesRead());
        peer.result();
    }

    @Test
    void emptyBodyNeedsNoInput() throws Exception {
        try (var body = here.inputStream(0)) {
            assertEquals(-1, body.read());
        }
        here.skipFully(0);
        assertThrows(IllegalArgumentException.class, () -> here.inputStream(-1));
        assertThrows(IllegalArgumentException.class, () -> here.skipFully(-1));
    }

    @Test
    void peerThatEndsFirstCutsTheBody() throws Exception {
        var peer = link.feed("1234");
        InputStream body = here.inputStream(3_000_000_000L);
        var e = assertThrows(IncompleteReadException.class, body::readAllBytes);
        assertEquals(3_000_000_000L, e.expectedBytes());
        assertEquals(0, e.received().length);
        assertTrue(e.getMessage().contains("ended after 4"), e::toString);
        assertThrows(IncompleteReadException.class, body::read);
        assertThrows(IncompleteReadException.class, () -> body.skip(1));
        body.close();
        assertThrows(IOException.class, body::read);
        InputStream small = link.there().inputStream(3);
        here.shutdownOutput();
        assertThrows(IncompleteReadException.class, small::close);
        peer.result();
    }

    @Test
    void cancelledCloseGoesOnInTheNext() throws Exception {
        InputStream body = here.inputStream(6);
        var first = Call.running(body::close).awaitIn("awaitReadable");
        first.cancel();
        assertTrue(first.wasCancelled());
        var peer =
                Call.running(() -> {
                    for (String part : new String[] {"ab", "cd", "ef", "next\n"}) {
                        link.there().write(part);
                    }
                });
        var second = Call.running(body::close);
        second.cancel();
        second.awaitEnd();
        body.close();
        assertEquals("next", here.readLine());
        peer.result();
    }

    @Test
    void skippedBytesAreCounted() throws Exception {
        var call = Call.running(() -> here.skipFully(100)).awaitIn("awaitReadable");
        String text = "12345678";
        var peer = Call.running(() -> link.there().write(text));
        call.cancel();
        assertTrue(call.wasCancelled());
        String unread = text.substring((int) here.bytesRead());
        assertArrayEquals(bytes(unread), here.readExactly(unread.length()));
        peer.result();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
