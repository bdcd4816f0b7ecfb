package io.loomline.stream;

import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * A format of frames, each of which has its length in front of its body, and possibly a header of
 * fixed size in front of the length.
 *
 * <pre>
 *   on the wire:   header │ length │ body
 *   as one array:  header │ body
 * </pre>
 *
 * @param length the encoding of the length
 * @param maxBytes the largest number of bytes in a body; checked before memory is allocated for it
 * @param headerBytes the number of bytes in front of the length, which it does not count
 * @param maxLengthBytes the largest number of bytes in an encoded length
 */
public record FrameFormat(Length length, int maxBytes, int headerBytes, int maxLengthBytes) {
    /** An encoding of the number of bytes in a body. */
    public enum Length {
        /** One byte: up to 255. */
        ONE_BYTE(1),
        /** Two bytes, big-endian: up to 65,535. */
        TWO_BYTES(2),
        /** Three bytes, big-endian: up to 16,777,215. */
        THREE_BYTES(3),
        /** Four bytes, big-endian. */
        FOUR_BYTES(4),
        /**
         * One to five bytes of unsigned LEB128: each has seven bits of the length, the lowest
         * first, and all except the last have the high bit set. {@link
         * FrameFormat#withMaxLengthBytes} sets a lower bound.
         */
        VARINT(5);

        private final int mostBytes;

        Length(int mostBytes) {
            this.mostBytes = mostBytes;
        }

        /**
         * The size of an encoded length, or the largest one if it varies.
         *
         * @return the number of bytes
         */
        public int mostBytes() {
            return mostBytes;
        }
    }

    private static final int DEFAULT_MAX_BYTES = 64 * 1024;

    /** More than the header of any known protocol. */
    private static final int MOST_HEADER_BYTES = 64 * 1024;

    /** The length of the longest array that every JVM can allocate. */
    private static final int MOST_ARRAY_BYTES = Integer.MAX_VALUE - 64;

    /** The number of payload bits in a byte of a varint. */
    private static final int VARINT_BITS = 7;

    /** Set in each byte of a varint except the last. */
    private static final int VARINT_CONTINUES = 0x80;

    /** Four bytes of length, no header, bodies of at most 64 KiB. */
    public static final FrameFormat DEFAULT =
            new FrameFormat(Length.FOUR_BYTES, DEFAULT_MAX_BYTES, 0, Length.FOUR_BYTES.mostBytes());

    /**
     * Checks the format.
     *
     * @throws IllegalArgumentException if {@code headerBytes} is not from 0 to 64 KiB, if {@code
     *     maxLengthBytes} is not a size of the encoding, or if {@code maxBytes} is negative or
     *     exceeds, with the header and the length, the size of an array
     */
    public FrameFormat {
        int mostLengthBytes = length.mostBytes();
        require("headerBytes", headerBytes, 0, MOST_HEADER_BYTES);
        require("maxLengthBytes", maxLengthBytes, leastBytes(length), mostLengthBytes);
        require("maxBytes", maxBytes, 0, MOST_ARRAY_BYTES - headerBytes - maxLengthBytes);
    }

    private static int leastBytes(Length length) {
        return length == Length.VARINT ? 1 : length.mostBytes();
    }

    private static void require(String name, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    "%s %d: expected %s"
                            .formatted(
                                    name,
                                    value,
                                    least == most ? "" + most : least + " to " + most));
        }
    }

    /**
     * A copy with another encoding of the length, at its largest size.
     *
     * @param length the encoding of the length
     * @return the copy
     */
    public FrameFormat withLength(Length length) {
        return new FrameFormat(
                Objects.requireNonNull(length, "length"),
                maxBytes,
                headerBytes,
                length.mostBytes());
    }

    /**
     * A copy with another limit.
     *
     * @param maxBytes the largest number of bytes in a body
     * @return the copy
     */
    public FrameFormat withMaxBytes(int maxBytes) {
        return new FrameFormat(length, maxBytes, headerBytes, maxLengthBytes);
    }

    /**
     * A copy with another header in front of the length.
     *
     * @param headerBytes the number of bytes in the header; 0 for none
     * @return the copy
     */
    public FrameFormat withHeaderBytes(int headerBytes) {
        return new FrameFormat(length, maxBytes, headerBytes, maxLengthBytes);
    }

    /**
     * A copy with another bound of a {@link Length#VARINT}. MQTT bounds it to 4 bytes.
     *
     * @param maxLengthBytes the largest number of bytes in an encoded length: 1 to 5
     * @return the copy
     * @throws IllegalArgumentException if the length is not a varint and always has another size
     */
    public FrameFormat withMaxLengthBytes(int maxLengthBytes) {
        return new FrameFormat(length, maxBytes, headerBytes, maxLengthBytes);
    }

    /**
     * Puts the length into a frame.
     *
     * @param parts the header and the body, in one or more parts; a part may hold bytes of both
     * @return the header, the length and the body
     * @throws IllegalArgumentException if the frame is shorter than the header, or its body exceeds
     *     the limit or the largest encoded length
     */
    public byte[] encode(byte[]... parts) {
        long frameBytes = 0;
        for (byte[] part : parts) frameBytes += part.length;
        requireEncodable(frameBytes);
        int bodyBytes = (int) frameBytes - headerBytes;
        int lengthBytes = lengthBytes(bodyBytes);
        var encoded = ByteBuffer.allocate(lengthBytes + (int) frameBytes).position(lengthBytes);
        for (byte[] part : parts) encoded.put(part);
        byte[] bytes = encoded.array();
        System.arraycopy(bytes, lengthBytes, bytes, 0, headerBytes);
        encoded.put(headerBytes, encodedLength(bodyBytes, lengthBytes));
        return bytes;
    }

    private void requireEncodable(long frameBytes) {
        long most = headerBytes + Math.min(maxBytes, largestLength());
        if (frameBytes >= headerBytes && frameBytes <= most) return;
        throw new IllegalArgumentException(
                "a frame of %d bytes: expected %s"
                        .formatted(
                                frameBytes,
                                frameBytes > most
                                        ? "at most " + most
                                        : "a header of " + headerBytes));
    }

    private long largestLength() {
        int bits = length == Length.VARINT ? VARINT_BITS : Byte.SIZE;
        return (1L << (bits * maxLengthBytes)) - 1;
    }

    private int lengthBytes(int bodyBytes) {
        if (length != Length.VARINT) return maxLengthBytes;
        int bits = Math.max(1, Integer.SIZE - Integer.numberOfLeadingZeros(bodyBytes));
        return Math.ceilDiv(bits, VARINT_BITS);
    }

    private byte[] encodedLength(int bodyBytes, int count) {
        byte[] encoded = new byte[count];
        for (int i = 0; i < count; i++) {
            if (length != Length.VARINT) {
                encoded[i] = (byte) (bodyBytes >>> (Byte.SIZE * (count - 1 - i)));
                continue;
            }
            int bits = (bodyBytes >>> (VARINT_BITS * i)) & (VARINT_CONTINUES - 1);
            encoded[i] = (byte) (i < count - 1 ? bits | VARINT_CONTINUES : bits);
        }
        return encoded;
    }

    /**
     * Takes a frame out of a buffer. This is the counterpart of {@link #encode}, for a message that
     * consists of frames itself: the strings of MQTT, for example, have two bytes of length.
     *
     * @param encoded the header, the length and the body, possibly with more bytes behind them; the
     *     ones of the frame are consumed
     * @return the frame: its header and body, without the length
     * @throws ProtocolException if bytes are missing, if the body exceeds the limit, or if the
     *     length has more bytes than its encoding allows; nothing is consumed
     */
    public byte[] decode(ByteBuffer encoded) throws ProtocolException {
        ByteBuffer rest = encoded.slice();
        boolean hasHeader = rest.remaining() >= headerBytes;
        long bodyBytes = hasHeader ? decodeLength(rest.position(headerBytes)) : -1;
        if (bodyBytes > maxBytes) {
            throw new ProtocolException(
                    "a frame of %d bytes: expected at most %d bytes"
                            .formatted(bodyBytes, maxBytes));
        }
        if (bodyBytes < 0) {
            int least = headerBytes + leastBytes(length) - encoded.remaining();
            throw cut("at least " + Math.max(1, least));
        }
        if (bodyBytes > rest.remaining()) throw cut("" + (bodyBytes - rest.remaining()));
        byte[] frame = new byte[headerBytes + (int) bodyBytes];
        rest.get(0, frame, 0, headerBytes);
        rest.get(frame, headerBytes, (int) bodyBytes);
        encoded.position(encoded.position() + rest.position());
        return frame;
    }

    private static ProtocolException cut(String missingBytes) {
        return new ProtocolException("a cut frame: expected " + missingBytes + " bytes more");
    }

    /**
     * Reads the length of a frame, for code that receives bytes without a connection. The length
     * may exceed {@link #maxBytes}.
     *
     * @param received the bytes behind the header; the ones of the length are consumed
     * @return the number of bytes in the body; -1 if the length is not complete yet, and nothing is
     *     consumed
     * @throws ProtocolException if the length has more bytes than its encoding allows
     */
    public long decodeLength(ByteBuffer received) throws ProtocolException {
        int from = received.position();
        int most = Math.min(maxLengthBytes, received.remaining());
        long decoded = 0;
        for (int i = 0; i < most; i++) {
            int next = Byte.toUnsignedInt(received.get(from + i));
            boolean isLast = i == maxLengthBytes - 1;
            if (length == Length.VARINT) {
                decoded |= (long) (next & (VARINT_CONTINUES - 1)) << (VARINT_BITS * i);
                isLast = (next & VARINT_CONTINUES) == 0;
            } else {
                decoded = decoded << Byte.SIZE | next;
            }
            if (!isLast) continue;
            received.position(from + i + 1);
            return decoded;
        }
        if (most < maxLengthBytes) return -1;
        throw new ProtocolException(
                "the length of a frame has more than " + maxLengthBytes + " bytes");
    }
}
