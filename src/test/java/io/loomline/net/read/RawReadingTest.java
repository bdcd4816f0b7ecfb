package io.loomline.net.read;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.Connection;
import io.loomline.net.wire.LinkFixture;
import io.loomline.probe.Call;
import io.loomline.probe.Medium;
import io.loomline.stream.IncompleteReadException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/** Reads of bytes, also alternating with lines. */
@ParameterizedClass
@EnumSource(Medium.class)
class RawReadingTest extends LinkFixture {
    @Test
    void alternatingReadsOfLinesAndBytesLoseNothing() throws Exception {
        link.feed("line 1\r\n12345line 2\nabcdefrest\n\nlast");
        assertEquals("line 1", here.readLine());
        assertEquals("12345", text(here.readExactly(5)));
        assertEquals("line 2", here.readLine());
        byte[] target = new byte[10];
        here.read(target, 4, 1);
        assertEquals('a', target[4]);
        assertEquals("bcdef", text(here.readExactly(5)));
        assertEquals("rest", here.readLine());
        assertEquals("", here.readLine());
        assertEquals("last", text(here.readExactly(4)));
        assertEquals(-1, here.read(target, 0, 10));
    }

    @Test
    void thousandsOfAlternatingReadsLoseNothing() throws Exception {
        link.feed("l\nr".repeat(2_000));
        for (int i = 0; i < 2_000; i++) {
            assertEquals("l", link.here().readLine());
            assertEquals("r", text(link.here().readExactly(1)));
        }
    }

    @Test
    void readExactlyCarriesTheBytesReceivedBeforeTheEnd() throws Exception {
        link.feed("1234567");
        assertEquals("12", text(link.here().readExactly(2)));
        var e = assertThrows(IncompleteReadException.class, () -> link.here().readExactly(10));
        assertEquals("34567", text(e.received()));
        assertEquals(10, e.expectedBytes());
        assertTrue(e.getMessage().contains("10") && e.getMessage().contains("5"), e::toString);
        assertEquals(-1, link.here().read(ByteBuffer.allocate(1)));
        var again = assertThrows(IncompleteReadException.class, () -> link.here().readExactly(1));
        assertEquals(0, again.received().length);
    }

    @Test
    void readOfZeroBytesConsumesNothing() throws Exception {
        assertEquals(0, link.here().read(new byte[3], 3, 0));
        assertEquals(0, link.here().read(ByteBuffer.allocate(0)));
        assertEquals(0, link.here().readExactly(0).length);
    }

    @Test
    void endOfTheInputIsRepeated() throws Exception {
        link.there().shutdownOutput();
        for (int i = 0; i < 3; i++) {
            assertEquals(-1, link.here().read(new byte[1], 0, 1));
            assertEquals(-1, link.here().read(ByteBuffer.allocateDirect(1)));
        }
    }

    @Test
    void readFillsOnlyTheRangeOfTheArray() throws Exception {
        link.feed("abcdef");
        byte[] target = "........".getBytes(StandardCharsets.US_ASCII);
        int read = 0;
        while (read < 3) read += link.here().read(target, 2 + read, 3 - read);
        assertEquals("..abc...", text(target));
        assertEquals("def", link.here().readLine());
    }

    @Test
    void readFillsABufferFromItsPosition() throws Exception {
        link.feed("abcdef");
        ByteBuffer target = ByteBuffer.allocateDirect(8).position(2).limit(5);
        while (target.hasRemaining()) link.here().read(target);
        assertEquals(5, target.position());
        assertEquals('a', target.get(2));
        assertEquals('c', target.get(4));
        assertEquals("def", link.here().readLine());
    }

    @Test
    void readIntoAReadOnlyBufferLosesNothing() throws Exception {
        link.feed("abc\n");
        ByteBuffer target = ByteBuffer.allocate(2).asReadOnlyBuffer();
        assertThrows(ReadOnlyBufferException.class, () -> link.here().read(target));
        assertEquals("abc", link.here().readLine());
    }

    @Test
    void rangesAndLengthsAreChecked() {
        byte[] target = new byte[4];
        assertThrows(IndexOutOfBoundsException.class, () -> here.read(target, 1, 4));
        assertThrows(IndexOutOfBoundsException.class, () -> here.read(target, -1, 1));
        assertThrows(IndexOutOfBoundsException.class, () -> here.read(target, 0, -1));
        var e = assertThrows(IllegalArgumentException.class, () -> here.readExactly(-7));
        assertTrue(e.getMessage().contains("-7"), e::toString);
        assertThrows(NullPointerException.class, () -> here.read(null));
        assertThrows(NullPointerException.class, () -> here.read(null, 0, 0));
    }

    @Test
    void bulkBytesFlowInBothDirectionsAtOnce() throws Exception {
        int length = medium == Medium.ONE_BYTE ? 5_000 : 1 << 20;
        byte[] one = randomBytes(length, 1);
        byte[] other = randomBytes(length, 2);
        var hereWrites = Call.running(() -> writeInPieces(link.here(), one));
        var thereWrites = Call.running(() -> writeInPieces(link.there(), other));
        var thereReads = Call.of(() -> link.there().readExactly(length));
        assertArrayEquals(other, link.here().readExactly(length));
        assertArrayEquals(one, thereReads.result());
        hereWrites.result();
        thereWrites.result();
        assertEquals(length, link.here().bytesRead());
        assertEquals(length, link.here().bytesWritten());
    }

    private static void writeInPieces(Connection connection, byte[] bytes) throws Exception {
        var random = new Random(bytes[0]);
        for (int at = 0; at < bytes.length; ) {
            int length = Math.min(bytes.length - at, 1 + random.nextInt(100_000));
            connection.write(ByteBuffer.wrap(bytes, at, length));
            at += length;
        }
    }

    private static byte[] randomBytes(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.US_ASCII);
    }
}
