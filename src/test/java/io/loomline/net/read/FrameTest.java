package io.loomline.net.read;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;

import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.FakeChannel;
import io.loomline.stream.FrameFormat;
import io.loomline.stream.FrameFormat.Length;
import io.loomline.stream.IncompleteReadException;
import io.loomline.stream.Limits;
import io.loomline.stream.MessageTooLongException;
import io.loomline.task.SystemClock;
import io.loomline.testing.ConnectionPair;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.lang.management.ManagementFactory;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;

/** Frames that are preceded by their length, which is checked before memory is allocated. */
class FrameTest {
    private static final FrameFormat DEFAULT = FrameFormat.DEFAULT;

    /** All encodings, with every bound of a varint. */
    static List<FrameFormat> formats() {
        List<FrameFormat> formats = new ArrayList<>();
        for (Length length : Length.values()) {
            var format = DEFAULT.withLength(length).withMaxBytes(20_000);
            formats.add(format);
            if (length != Length.VARINT) continue;
            for (int most = 1; most < 5; most++) formats.add(format.withMaxLengthBytes(most));
        }
        return formats;
    }

    @ParameterizedTest
    @MethodSource("formats")
    void framesAreReadAsWritten(FrameFormat plain) throws Exception {
        try (var pair = ConnectionPair.open()) {
            for (int headerBytes = 0; headerBytes < 3; headerBytes++) {
                var format = plain.withHeaderBytes(headerBytes);
                for (int size : new int[] {0, 1, 127, 128, 255, 256, 16_383, 16_384, 20_000}) {
                    if (size >= 1L << (7 * format.maxLengthBytes())) continue;
                    byte[] frame = new byte[headerBytes + size];
                    new Random(size).nextBytes(frame);
                    pair.first().writeFrame(format, frame);
                    assertArrayEquals(frame, pair.second().readFrame(format));
                }
            }
            pair.first().shutdownOutput();
            assertNull(pair.second().readFrame(plain));
            assertNull(pair.second().readFrame(plain));
        }
    }

    /** Neither a reader's cancel nor its timeout loses a byte, at any point of a frame. */
    @ParameterizedTest
    @MethodSource("formats")
    void frameCutAtAnyPointIsReadLater(FrameFormat plain) throws Exception {
        byte[] frame = "header and body".getBytes(StandardCharsets.US_ASCII);
        for (int headerBytes : new int[] {0, 7}) {
            var format = plain.withHeaderBytes(headerBytes);
            byte[] encoded = format.encode(frame);
            var channel = new FakeChannel();
            var connection =
                    Connection.over(channel, SystemClock.INSTANCE)
                            .limits(Limits.NONE.withReadTimeout(Duration.ofNanos(1)));
            for (int at = 0; at < encoded.length; at++) {
                assertThrows(SocketTimeoutException.class, () -> connection.readFrame(format));
                var cut = Call.of(() -> connection.readFrame(format));
                cut.cancel();
                cut.awaitEnd();
                assertEquals(0, connection.bytesRead());
                channel.feed(new byte[] {encoded[at]});
            }
            channel.feed(encoded);
            assertArrayEquals(frame, connection.readFrame(format));
            assertArrayEquals(encoded, connection.readExactly(encoded.length));
        }
    }

    @Test
    void cancelledReadOfALargeFrameLosesNoByte() throws Exception {
        var format = DEFAULT.withMaxBytes(300_000).withHeaderBytes(3);
        byte[] frame = new byte[200_000];
        new Random(1).nextBytes(frame);
        var channel = new FakeChannel();
        var connection = Connection.over(channel, SystemClock.INSTANCE);
        for (byte[] chunk : FakeChannel.chunks(format.encode(frame), 9_999)) {
            channel.feed(chunk);
            var call = Call.of(() -> connection.readFrame(format));
            if (call.cutIn("awaitReadable")) continue;
            assertArrayEquals(frame, call.result());
        }
        assertEquals(frame.length + 4, connection.bytesRead());
    }

    /** The fixed header of MQTT: type, then a varint of at most four bytes. */
    @Test
    void headerComesBeforeTheLength() throws Exception {
        var mqtt = DEFAULT.withLength(Length.VARINT).withMaxLengthBytes(4).withHeaderBytes(1);
        var connection = connectionReceiving("30026162" + "c000" + "e0ffffffff7f", 100);
        assertArrayEquals(new byte[] {0x30, 'a', 'b'}, connection.readFrame(mqtt));
        assertArrayEquals(new byte[] {(byte) 0xC0}, connection.readFrame(mqtt));
        var e = assertThrows(ProtocolException.class, () -> connection.readFrame(mqtt));
        assertTrue(e.getMessage().contains("more than 4 bytes"), e::toString);
        assertEquals("30026162", hex(mqtt.encode(new byte[] {0x30, 'a', 'b'})));
        requireRefused("0 bytes: expected a header of 1", () -> mqtt.encode(new byte[0]));
        var two = mqtt.withMaxLengthBytes(2).withMaxBytes(1 << 20);
        requireRefused("16385 bytes: expected at most 16384", () -> two.encode(new byte[16_385]));
    }

    @Test
    void lengthIsDecodedWithoutAConnection() throws Exception {
        var format = DEFAULT.withLength(Length.THREE_BYTES);
        var received = ByteBuffer.wrap(HexFormat.of().parseHex("01020361"));
        assertEquals(0x010203, format.decodeLength(received));
        assertEquals(1, received.remaining());
        assertEquals(-1, format.decodeLength(received));
        assertEquals(1, received.remaining());
    }

    /** Whatever is encoded, and in whichever parts, is decoded, and nothing before it is whole. */
    @ParameterizedTest
    @MethodSource("formats")
    void framesAreDecodedAsEncoded(FrameFormat plain) throws Exception {
        var random = new Random(plain.hashCode());
        for (int round = 0; round < 300; round++) {
            var format = plain.withHeaderBytes(random.nextInt(3));
            long most = Math.min(plain.maxBytes(), (1L << (7 * plain.maxLengthBytes())) - 1);
            int bodyBytes = random.nextInt(1 + Math.min((int) most, 1 << random.nextInt(15)));
            byte[] frame = new byte[format.headerBytes() + bodyBytes];
            random.nextBytes(frame);
            byte[] encoded = format.encode(frame);
            assertArrayEquals(encoded, format.encode(split(frame, random)));
            var received = ByteBuffer.allocate(encoded.length + 2).put(1, encoded).position(1);
            assertArrayEquals(frame, format.decode(received));
            assertEquals(encoded.length + 1, received.position());
            var cut = received.position(1).limit(1 + random.nextInt(encoded.length));
            requireCut(format, cut, encoded.length - cut.remaining());
        }
    }

    private static byte[][] split(byte[] frame, Random random) {
        int first = random.nextInt(frame.length + 1);
        int second = random.nextInt(first, frame.length + 1);
        return new byte[][] {
            Arrays.copyOf(frame, first),
            Arrays.copyOfRange(frame, first, second),
            Arrays.copyOfRange(frame, second, frame.length)
        };
    }

    /** As many bytes are missing as the message says, unless the length is missing too. */
    private static void requireCut(FrameFormat format, ByteBuffer cut, int missing) {
        int position = cut.position();
        var e = assertThrows(ProtocolException.class, () -> format.decode(cut));
        assertEquals(position, cut.position());
        var text = Pattern.compile("a cut frame: expected (at least )?(\\d+) bytes more");
        var message = text.matcher(e.getMessage());
        assertTrue(message.matches(), e::toString);
        int said = Integer.parseInt(message.group(2));
        assertTrue(message.group(1) == null ? said == missing : said <= missing, e::toString);
    }

    @Test
    void decodingSaysWhatIsWrongAndConsumesNothing() {
        var two = DEFAULT.withLength(Length.TWO_BYTES).withHeaderBytes(1).withMaxBytes(300);
        requireUndecodable(two, "", "expected at least 3 bytes more");
        requireUndecodable(two, "0700", "expected at least 1 bytes more");
        requireUndecodable(two, "07000361", "expected 2 bytes more");
        requireUndecodable(two, "07012d61", "a frame of 301 bytes: expected at most 300 bytes");
        requireUndecodable(DEFAULT, "ffffffff", "4294967295 bytes: expected at most 65536 bytes");
        var varint = DEFAULT.withLength(Length.VARINT).withMaxLengthBytes(2);
        requireUndecodable(varint, "80", "expected at least 1 bytes more");
        requireUndecodable(varint, "808001", "more than 2 bytes");
    }

    private static void requireUndecodable(FrameFormat format, String hex, String message) {
        var received = ByteBuffer.wrap(HexFormat.of().parseHex(hex));
        var e = assertThrows(ProtocolException.class, () -> format.decode(received));
        assertTrue(e.getMessage().contains(message), e::toString);
        assertEquals(0, received.position());
    }

    @Test
    void requiredFrameFailsAtTheEndOfTheInput() throws Exception {
        var connection = connectionReceiving("0000000161" + "00000002", 3);
        assertArrayEquals(new byte[] {'a'}, connection.requireFrame(DEFAULT));
        var cut =
                assertThrows(IncompleteReadException.class, () -> connection.requireFrame(DEFAULT));
        assertEquals("00000002", hex(cut.received()));
        for (int i = 0; i < 2; i++) {
            var e =
                    assertThrows(
                            IncompleteReadException.class, () -> connection.requireFrame(DEFAULT));
            assertEquals(0, e.received().length);
            assertTrue(e.getMessage().contains("expected a frame"), e::toString);
            assertTrue(e.getMessage().contains("4321"), e::toString); // the peer
        }
    }

    @Test
    void boundOfALengthMustFitItsEncoding() {
        var varint = DEFAULT.withLength(Length.VARINT);
        requireRefused("maxLengthBytes 0: expected 1 to 5", () -> varint.withMaxLengthBytes(0));
        requireRefused("maxLengthBytes 6: expected 1 to 5", () -> varint.withMaxLengthBytes(6));
        requireRefused("maxLengthBytes 3: expected 4", () -> DEFAULT.withMaxLengthBytes(3));
        requireRefused("headerBytes -1: expected 0 to", () -> DEFAULT.withHeaderBytes(-1));
        assertEquals(5, DEFAULT.withLength(Length.VARINT).maxLengthBytes());
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    @ParameterizedTest
    @CsvSource({
        "ONE_BYTE, 03, 3",
        "TWO_BYTES, 0003, 3",
        "THREE_BYTES, 000003, 3",
        "THREE_BYTES, 010001, 65537",
        "FOUR_BYTES, 00000003, 3",
        "VARINT, 03, 3",
        "TWO_BYTES, 0102, 258",
        "FOUR_BYTES, 00010203, 66051",
        "VARINT, ac02, 300",
        "VARINT, 8780808000, 7"
    })
    void lengthIsEncodedAsSpecified(Length length, String hex, int size) throws Exception {
        byte[] prefix = HexFormat.of().parseHex(hex);
        for (int chunkBytes = 1; chunkBytes <= prefix.length; chunkBytes++) {
            var connection = connectionReceiving(hex + "61".repeat(size) + "62", chunkBytes);
            byte[] frame = connection.readFrame(DEFAULT.withLength(length).withMaxBytes(100_000));
            assertEquals(size, frame.length);
            assertEquals('b', connection.readExactly(1)[0]);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "ONE_BYTE, 0b, 11",
        "TWO_BYTES, ffff, 65535",
        "FOUR_BYTES, ffffffff, 4294967295",
        "THREE_BYTES, ffffff, 16777215",
        "FOUR_BYTES, 0000000b, 11",
        "VARINT, ffffffff7f, 34359738367"
    })
    void lengthOverTheLimitIsRefusedBeforeMemoryIsAllocated(Length length, String hex, long size)
            throws Exception {
        var connection = connectionReceiving(hex + "6162", 100);
        var format = DEFAULT.withLength(length).withMaxBytes(10);
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        assertThrows(MessageTooLongException.class, () -> connection.readFrame(format));
        long before = threads.getCurrentThreadAllocatedBytes();
        var e = assertThrows(MessageTooLongException.class, () -> connection.readFrame(format));
        assertTrue(threads.getCurrentThreadAllocatedBytes() - before < 100_000);
        assertEquals(10, e.limitBytes());
        assertTrue(e.getMessage().contains(size + " bytes"), e::toString);
        assertTrue(e.getMessage().contains("4321"), e::toString); // the peer
        assertEquals(0, connection.bytesRead());
    }

    @Test
    void memoryFollowsReceivedBytesNotTheAnnouncedLength() throws Exception {
        var connection = connectionReceiving("3fffffff61", 100);
        var format = DEFAULT.withMaxBytes(1 << 30);
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        var e = assertThrows(IncompleteReadException.class, () -> connection.readFrame(format));
        assertTrue(threads.getCurrentThreadAllocatedBytes() - before < 1 << 20);
        assertEquals(5, e.received().length);
        assertEquals((1 << 30) + 3, e.expectedBytes());
    }

    @Test
    void varintWithoutEndIsRefused() {
        var connection = connectionReceiving("808080808001", 2);
        var format = DEFAULT.withLength(Length.VARINT);
        var e = assertThrows(ProtocolException.class, () -> connection.readFrame(format));
        assertTrue(e.getMessage().contains("more than 5 bytes"), e::toString);
    }

    @ParameterizedTest
    @CsvSource({"00", "000000", "0000000361", "000000036162"})
    void endInsideAFrameCarriesTheReceivedBytes(String hex) throws Exception {
        var connection = connectionReceiving(hex, 1);
        var e = assertThrows(IncompleteReadException.class, () -> connection.readFrame(DEFAULT));
        assertEquals(hex, HexFormat.of().formatHex(e.received()));
        assertNull(connection.readFrame(DEFAULT));
    }

    @Test
    void frameOverTheFormatsLimitIsNotWritten() {
        var channel = new FakeChannel();
        var connection = Connection.over(channel, SystemClock.INSTANCE);
        var one = DEFAULT.withLength(Length.ONE_BYTE);
        requireRefused(
                "256 bytes: expected at most 255", () -> connection.writeFrame(one, new byte[256]));
        var few = DEFAULT.withMaxBytes(3);
        requireRefused(
                "4 bytes: expected at most 3", () -> connection.writeFrame(few, new byte[4]));
        requireRefused("maxBytes -1: expected 0 to", () -> DEFAULT.withMaxBytes(-1));
        requireRefused("maxBytes 2147483647", () -> DEFAULT.withMaxBytes(Integer.MAX_VALUE));
        assertEquals(0, channel.writes().size());
    }

    private static void requireRefused(String message, Executable call) {
        var e = assertThrows(IllegalArgumentException.class, call);
        assertTrue(e.getMessage().contains(message), e::toString);
    }

    private static Connection connectionReceiving(String hex, int chunkBytes) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        byte[][] chunks = FakeChannel.chunks(bytes, chunkBytes).toArray(byte[][]::new);
        return Connection.over(FakeChannel.bringing(chunks), SystemClock.INSTANCE);
    }
}
