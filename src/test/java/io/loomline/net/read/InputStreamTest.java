package io.loomline.net.read;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.wire.LinkFixture;
import io.loomline.probe.Call;
import io.loomline.probe.Medium;
import io.loomline.stream.ConnectionClosedException;
import io.loomline.stream.Limits;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;

/** The input as a stream for code of the JDK. */
@ParameterizedClass
@EnumSource(Medium.class)
class InputStreamTest extends LinkFixture {
    @Test
    void parsersOfTheJdkReadTheStream() throws Exception {
        link.feed("\0\7abcdefg\nline 1\r\nline \u00e9\nrest");
        var data = new DataInputStream(here.inputStream());
        assertEquals(7, data.readShort());
        assertEquals("abcdefg", new String(data.readNBytes(7), StandardCharsets.US_ASCII));
        assertEquals('\n', data.read());
        var reader = new BufferedReader(new InputStreamReader(data, StandardCharsets.UTF_8));
        assertEquals(List.of("line 1", "line \u00e9", "rest"), reader.lines().toList());
    }

    @Test
    void streamCanBeMixedWithOtherReads() throws Exception {
        link.feed("one\n\377two\n" + "skip" + "three\nfour");
        InputStream stream = here.inputStream();
        assertEquals("one", here.readLine());
        stream.skipNBytes("\377".getBytes(StandardCharsets.UTF_8).length);
        assertEquals("two", here.readLine());
        stream.skipNBytes(4);
        assertEquals('t', stream.read());
        assertEquals("hree", here.readLine());
        var rest = new ByteArrayOutputStream();
        assertEquals(4, stream.transferTo(rest));
        assertEquals("four", rest.toString(StandardCharsets.US_ASCII));
        for (int i = 0; i < 2; i++) {
            assertEquals(-1, stream.read());
            assertEquals(-1, stream.read(new byte[3]));
            assertEquals(0, stream.available());
            assertEquals(0, stream.skip(1));
        }
    }

    @Test
    void availableCountsBytesWithoutWaiting() throws Exception {
        InputStream stream = here.inputStream();
        assertEquals(0, stream.available());
        if (medium == Medium.LOCK_STEP) return; // no byte arrives while no thread waits for it
        link.feed("a");
        while (stream.available() == 0) Thread.onSpinWait();
        assertEquals(1, stream.available());
        assertEquals('a', stream.read());
    }

    @Test
    void cancelBecomesAnInterruptedIoException() throws Exception {
        var statusWasSet = new boolean[1];
        var call =
                Call.running(() -> {
                    var e =
                            assertThrows(
                                    InterruptedIOException.class, () -> here.inputStream().read());
                    assertInstanceOf(InterruptedException.class, e.getCause());
                    assertFalse(e instanceof SocketTimeoutException);
                    statusWasSet[0] = Thread.currentThread().isInterrupted();
                    throw e;
                });
        call.awaitIn("awaitReadable");
        call.cancel();
        assertTrue(call.wasCancelled());
        assertTrue(statusWasSet[0]);
        link.feed("a");
        assertEquals('a', here.inputStream().read());
    }

    @Test
    void timeoutIsThrownUnchanged() {
        here.limits(Limits.NONE.withReadTimeout(Duration.ofMillis(1)));
        assertThrows(SocketTimeoutException.class, () -> here.inputStream().read());
        assertFalse(Thread.currentThread().isInterrupted());
    }

    @Test
    void closeOfTheStreamClosesTheConnection() throws Exception {
        here.inputStream().close();
        assertFalse(here.isOpen());
        assertThrows(ConnectionClosedException.class, () -> here.inputStream().read());
        assertEquals(-1, link.there().inputStream().read());
    }

    @Test
    void linesEndWithTheInput() throws Exception {
        link.feed("a\nb\n\nc");
        List<String> lines = new ArrayList<>();
        for (String line : here.lines()) lines.add(line);
        assertEquals(List.of("a", "b", "", "c"), lines);
        var none = here.lines().iterator();
        assertFalse(none.hasNext());
        assertThrows(NoSuchElementException.class, none::next);
    }

    @Test
    void linesReadNothingAhead() throws Exception {
        link.feed("a\nb\nc\n");
        var lines = here.lines().iterator();
        assertEquals("a", lines.next());
        assertEquals("b", here.readLine());
        assertTrue(lines.hasNext());
        assertTrue(lines.hasNext());
        assertEquals("c", lines.next());
    }

    @Test
    void failureOfLinesIsUncheckedAndACancelLeavesTheInterruptStatus() throws Exception {
        var call =
                Call.of(() -> {
                    var e =
                            assertThrows(
                                    UncheckedIOException.class,
                                    () -> here.lines().iterator().next());
                    return e.getCause() instanceof InterruptedIOException
                            && Thread.currentThread().isInterrupted();
                });
        call.awaitIn("awaitReadable");
        call.cancel();
        assertTrue(call.result());
        here.abort();
        var closed =
                assertThrows(UncheckedIOException.class, () -> here.lines().iterator().hasNext());
        assertInstanceOf(ConnectionClosedException.class, closed.getCause());
    }
}
