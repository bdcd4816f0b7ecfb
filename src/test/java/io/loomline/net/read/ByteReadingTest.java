package io.loomline.net.read;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.wire.LinkFixture;
import io.loomline.probe.Call;
import io.loomline.probe.Link;
import io.loomline.probe.Medium;
import io.loomline.stream.FrameFormat;
import io.loomline.stream.IncompleteReadException;
import io.loomline.stream.Limits;
import io.loomline.stream.MessageTooLongException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.charset.StandardCharsets;
import java.util.Random;

/** Reads of bytes: up to a delimiter, all, available ones; peeks and skips. */
@ParameterizedClass
@EnumSource(Medium.class)
class ByteReadingTest extends LinkFixture {
    @Test
    void readUntilIncludesTheDelimiter() throws Exception {
        link.feed("one;two;;rest");
        assertEquals("one;", text(here.readUntil(bytes(";"))));
        assertEquals("two;;", text(here.readUntil(bytes(";;"))));
        assertEquals("rest", here.readLine());
    }

    @Test
    void readUntilFindsADelimiterAfterAPartialMatch() throws Exception {
        for (int chunkBytes = 1; chunkBytes <= 6; chunkBytes++) {
            try (Link fresh = medium.open()) {
                fresh.feed(bytes("QWEaaXYaaaababac"), chunkBytes);
                assertEquals("QWEaaXYaaa", text(fresh.here().readUntil(bytes("aaa"))));
                assertEquals("ababac", text(fresh.here().readUntil(bytes("abac"))));
            }
        }
    }

    @Test
    void readUntilCarriesTheBytesReceivedBeforeTheEnd() throws Exception {
        link.feed("abc--");
        var e = assertThrows(IncompleteReadException.class, () -> here.readUntil(bytes("---")));
        assertEquals("abc--", text(e.received()));
        assertEquals(-1, e.expectedBytes());
        assertEquals(0, here.read(1).length);
    }

    @Test
    void readUntilOverTheLimitConsumesNothing() throws Exception {
        link.feed("12345678;more");
        assertThrows(MessageTooLongException.class, () -> here.readUntil(bytes(";"), 8));
        var e = assertThrows(MessageTooLongException.class, () -> here.readUntil(bytes(";"), 8));
        assertEquals(8, e.limitBytes());
        assertEquals("12345678;", text(here.readUntil(bytes(";"), 9)));
        assertEquals("more", here.readLine());
    }

    @Test
    void readUntilIsLimitedToTheBufferSizeByDefault() throws Exception {
        here.limits(Limits.DEFAULT.withBufferBytes(10));
        link.feed("1234567890;");
        assertThrows(MessageTooLongException.class, () -> here.readUntil(bytes(";")));
        assertEquals("1234567890;", text(here.readUntil(bytes(";"), 11)));
    }

    @Test
    void readAllReadsUpToTheEnd() throws Exception {
        byte[] all = new byte[medium == Medium.ONE_BYTE ? 3_000 : 200_000];
        new Random(1).nextBytes(all);
        link.feed(all, 70_000);
        assertArrayEquals(all, here.readAll(all.length));
        assertEquals(0, here.readAll(0).length);
    }

    @Test
    void readAllOverTheLimitConsumesNothing() throws Exception {
        link.feed("12345");
        var e = assertThrows(MessageTooLongException.class, () -> here.readAll(4));
        assertEquals(4, e.limitBytes());
        assertEquals("12345", text(here.readAll(5)));
    }

    @Test
    void readReturnsAvailableBytes() throws Exception {
        link.feed("abcdef");
        assertEquals("a", text(here.read(1)));
        String rest = "";
        for (byte[] some; (some = here.read(100)).length > 0; ) rest += text(some);
        assertEquals("bcdef", rest);
        assertEquals(0, here.read(100).length);
    }

    @Test
    void peekConsumesNothing() throws Exception {
        link.feed("abc\ndef");
        assertEquals("", text(here.peek(0)));
        assertEquals("abc\nd", text(here.peek(5)));
        assertEquals("ab", text(here.peek(2)));
        assertEquals("abc", here.readLine());
        assertEquals("def", text(here.peek(100)));
        assertEquals("def", here.readLine());
        assertEquals(0, here.peek(1).length);
        assertEquals(7, here.bytesRead());
    }

    @Test
    void skipDropsAtMostTheGivenCount() throws Exception {
        link.feed("abcdef\nx");
        long skipped = 0;
        while (skipped < 4) skipped += here.skip(4 - skipped);
        assertEquals("ef", here.readLine());
        assertEquals(1, here.skip(Long.MAX_VALUE));
        assertEquals(0, here.skip(1));
        assertEquals(0, here.skip(0));
        assertNull(here.readLine());
    }

    @Test
    void cancelledReadsConsumeNothing() throws Exception {
        var writing = Call.running(() -> link.there().write("abc"));
        requireCancelled(Call.of(() -> here.readUntil(bytes(";"))));
        requireCancelled(Call.of(() -> here.readAll(100)));
        requireCancelled(Call.of(() -> here.peek(4)));
        requireCancelled(Call.of(() -> here.readFrame(FrameFormat.DEFAULT)));
        writing.result(); // the cancelled read has moved the bytes into the window
        var peer = link.feed("d;");
        assertEquals("abcd;", text(here.readUntil(bytes(";"))));
        peer.result();
    }

    private static void requireCancelled(Call<?> call) throws Exception {
        call.awaitIn("awaitReadable");
        call.cancel();
        assertTrue(call.wasCancelled());
    }

    @Test
    void argumentsAreChecked() {
        requireRefused("maxBytes 0: expected 1", () -> here.read(0));
        requireRefused("length -1: expected 0", () -> here.peek(-1));
        requireRefused("maxBytes -1: expected 0", () -> here.readAll(-1));
        requireRefused("count -1: expected 0", () -> here.skip(-1));
        requireRefused("delimiter of 0 bytes: expected 1", () -> here.readUntil(new byte[0]));
        requireRefused("maxBytes 1: expected 2", () -> here.readUntil(new byte[2], 1));
        requireRefused("length " + Integer.MAX_VALUE, () -> here.readExactly(Integer.MAX_VALUE));
    }

    private static void requireRefused(String message, Executable reading) {
        var e = assertThrows(IllegalArgumentException.class, reading);
        assertTrue(e.getMessage().contains(message), e::toString);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.US_ASCII);
    }
}
