package io.loomline.net.read;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.loomline.net.Connection;
import io.loomline.probe.FakeChannel;
import io.loomline.stream.IncompleteReadException;
import io.loomline.stream.LineFormat;
import io.loomline.stream.LineFormat.Unterminated;
import io.loomline.stream.LineTooLongException;
import io.loomline.task.SystemClock;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.charset.StandardCharsets;

/** Lines as bytes: no charset applies, and the space of the target is a limit of the line. */
class ByteLineTest {
    private static Connection receiving(String input, int chunkBytes) {
        byte[] bytes = input.getBytes(StandardCharsets.ISO_8859_1);
        return Connection.over(
                FakeChannel.bringing(FakeChannel.chunks(bytes, chunkBytes).toArray(byte[][]::new)),
                SystemClock.INSTANCE);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 1000})
    void lineIsPutBehindTheBytesOfTheTarget(int chunkBytes) throws Exception {
        var connection = receiving("\u00ff\u0000\r\n\nlast", chunkBytes);
        ByteBuffer target = ByteBuffer.allocate(20).put((byte) '>');
        assertEquals(2, connection.readLineInto(target));
        assertEquals(0, connection.readLineInto(target));
        assertEquals(4, connection.readLineInto(target));
        assertEquals(-1, connection.readLineInto(target));
        assertEquals(">\u00ff\u0000last", text(target));
    }

    private static String text(ByteBuffer written) {
        return StandardCharsets.ISO_8859_1.decode(written.duplicate().flip()).toString();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 1000})
    void lineLongerThanTheSpaceIsRefusedOnceAndTheNextIsRead(int chunkBytes) throws Exception {
        var connection = receiving("four\nfive5\r\nfour\r\n\nx\n", chunkBytes);
        ByteBuffer target = ByteBuffer.allocate(4);
        assertEquals(4, connection.readLineInto(target));
        assertEquals("four", text(target));
        target.clear();
        var e = assertThrows(LineTooLongException.class, () -> connection.readLineInto(target));
        assertEquals(4, e.limitBytes());
        assertEquals(0, target.position());
        assertEquals(4, connection.readLineInto(target));
        assertEquals(0, connection.readLineInto(target)); // an empty line needs no space
        assertThrows(LineTooLongException.class, () -> connection.readLineInto(target));
        assertEquals(-1, connection.readLineInto(target));
        assertEquals("four", text(target));
    }

    @Test
    void limitOfTheFormatHoldsInALargeTarget() throws Exception {
        var connection = receiving("four\nfive5\nx\n", 3);
        connection.lineFormat(LineFormat.DEFAULT.withMaxBytes(4));
        ByteBuffer target = ByteBuffer.allocateDirect(100);
        assertEquals(4, connection.readLineInto(target));
        assertEquals(
                4,
                assertThrows(LineTooLongException.class, () -> connection.readLineInto(target))
                        .limitBytes());
        assertArrayEquals(new byte[] {'x'}, connection.readLineBytes());
    }

    @Test
    void readOnlyTargetReadsNothing() throws Exception {
        var connection = receiving("line\n", 1000);
        ByteBuffer target = ByteBuffer.allocate(10).asReadOnlyBuffer();
        assertThrows(ReadOnlyBufferException.class, () -> connection.readLineInto(target));
        assertEquals("line", connection.readLine());
    }

    @Test
    void peekedBytesAreReadAsALine() throws Exception {
        var connection = receiving("line\nnext\n", 3);
        assertArrayEquals(new byte[] {'l', 'i', 'n', 'e', '\n', 'n'}, connection.peek(6));
        ByteBuffer target = ByteBuffer.allocate(10);
        assertEquals(4, connection.readLineInto(target));
        assertArrayEquals(new byte[] {'n', 'e', 'x', 't'}, connection.readLineBytes());
        assertNull(connection.readLineBytes());
        assertEquals("line", text(target));
    }

    @Test
    void unterminatedLineIsRejectedIfTheFormatSaysSo() throws Exception {
        var connection = receiving("line\ncut", 3);
        connection.lineFormat(LineFormat.DEFAULT.withUnterminated(Unterminated.REJECT));
        ByteBuffer target = ByteBuffer.allocate(10);
        assertEquals(4, connection.readLineInto(target));
        var e = assertThrows(IncompleteReadException.class, () -> connection.readLineInto(target));
        assertArrayEquals(new byte[] {'c', 'u', 't'}, e.received());
        assertEquals(-1, connection.readLineInto(target));
        assertEquals("line", text(target));
    }
}
