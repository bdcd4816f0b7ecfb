package io.loomline.net.read;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Link;
import io.loomline.probe.Medium;
import io.loomline.stream.FrameFormat;
import io.loomline.stream.IncompleteReadException;
import io.loomline.stream.Limits;
import io.loomline.stream.MessageTooLongException;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.charset.StandardCharsets;
import java.util.Random;

/** Reading up to a delimiter, all, some; looking ahead; and dropping. */
@ParameterizedClass
@EnumSource(Medium.class)
class ByteReadingTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    @Parameter Medium medium;

    private Link link;
    private Connection here;

    @BeforeEach
    void open() {
        link = medium.open();
        here = link.here();
    }

    @AfterEach
    void close() {
        link.close();
    }

    @Test
    void readUntilReturnsTheDelimiterToo() throws Exception {
        link.feed("one;two;;rest");
        assertEquals("one;", text(here.readUntil(bytes(";"))));
        assertEquals("two;;", text(here.readUntil(bytes(";;"))));
        assertEquals("rest", here.readLine());
    }

    @Test
    void readUntilFindsADelimiterWhoseBeginningCameTwice() throws Exception {
        for (int chunkBytes = 1; chunkBytes <= 6; chunkBytes++) {
            try (Link fresh = medium.open()) {
                fresh.feed(bytes("QWEaaXYaaaababac"), chunkBytes);
                assertEquals("QWEaaXYaaa", text(fresh.here().readUntil(bytes("aaa"))));
                assertEquals("ababac", text(fresh.here().readUntil(bytes("abac"))));
            }
        }
    }

    @Test
    void readUntilSaysWhatCameBeforeTheEnd() throws Exception {
        link.feed("abc--");
        var e = assertThrows(IncompleteReadException.class, () -> here.readUntil(bytes("---")));
        assertEquals("abc--", text(e.received()));
        assertEquals(-1, e.expectedBytes());
        assertEquals(0, here.read(1).length);
    }

    @Test
    void readUntilIsLimitedAndReadsNothingThen() throws Exception {
        link.feed("12345678;more");
        assertThrows(MessageTooLongException.class, () -> here.readUntil(bytes(";"), 8));
        var e = assertThrows(MessageTooLongException.class, () -> here.readUntil(bytes(";"), 8));
        assertEquals(8, e.limitBytes());
        assertEquals("12345678;", text(here.readUntil(bytes(";"), 9)));
        assertEquals("more", here.readLine());
    }

    @Test
    void readUntilIsLimitedByTheBufferUnlessTold() throws Exception {
        here.limits(Limits.DEFAULT.withBufferBytes(10));
        link.feed("1234567890;");
        assertThrows(MessageTooLongException.class, () -> here.readUntil(bytes(";")));
        assertEquals("1234567890;", text(here.readUntil(bytes(";"), 11)));
    }

    @Test
    void readAllReadsToTheEnd() throws Exception {
        byte[] all = new byte[medium == Medium.ONE_BYTE ? 3_000 : 200_000];
        new Random(1).nextBytes(all);
        link.feed(all, 70_000);
        assertArrayEquals(all, here.readAll(all.length));
        assertEquals(0, here.readAll(0).length);
    }

    @Test
    void readAllIsLimitedAndReadsNothingThen() throws Exception {
        link.feed("12345");
        var e = assertThrows(MessageTooLongException.class, () -> here.readAll(4));
        assertEquals(4, e.limitBytes());
        assertEquals("12345", text(here.readAll(5)));
    }

    @Test
    void readTakesWhatIsThere() throws Exception {
        link.feed("abcdef");
        assertEquals("a", text(here.read(1)));
        String rest = "";
        for (byte[] some; (some = here.read(100)).length > 0; ) rest += text(some);
        assertEquals("bcdef", rest);
        assertEquals(0, here.read(100).length);
    }

    @Test
    void peekLeavesWhatItSees() throws Exception {
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
    void skipDropsAtMostWhatItIsTold() throws Exception {
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
    void everyReadThatIsCutHasTakenNothing() throws Exception {
        var writing = Call.running(() -> link.there().write("abc"));
        isCut(Call.of(() -> here.readUntil(bytes(";"))));
        isCut(Call.of(() -> here.readAll(100)));
        isCut(Call.of(() -> here.peek(4)));
        isCut(Call.of(() -> here.readFrame(FrameFormat.DEFAULT)));
        writing.result(); // what was cut has taken it into the window
        var peer = link.feed("d;");
        assertEquals("abcd;", text(here.readUntil(bytes(";"))));
        peer.result();
    }

    private static void isCut(Call<?> call) throws Exception {
        call.awaitIn("awaitReadable");
        call.cancel();
        assertTrue(call.wasCancelled());
    }

    @Test
    void argumentsAreChecked() {
        isRefused("maxBytes 0: expected 1", () -> here.read(0));
        isRefused("length -1: expected 0", () -> here.peek(-1));
        isRefused("maxBytes -1: expected 0", () -> here.readAll(-1));
        isRefused("count -1: expected 0", () -> here.skip(-1));
        isRefused("delimiter is empty", () -> here.readUntil(new byte[0]));
        isRefused("maxBytes 1: expected 2", () -> here.readUntil(new byte[2], 1));
        isRefused("length " + Integer.MAX_VALUE, () -> here.readExactly(Integer.MAX_VALUE));
    }

    private static void isRefused(String message, Executable reading) {
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
