package io.loomline.stream;

import java.util.Objects;

/**
 * A format of frames, each of which is preceded by its length.
 *
 * @param length the encoding of the length
 * @param maxBytes the largest number of bytes in a frame, without its length; checked before memory
 *     is allocated for the frame
 */
public record FrameFormat(Length length, int maxBytes) {
    /** An encoding of a frame's length: the number of bytes that follow the length. */
    public enum Length {
        /** One byte: up to 255. */
        ONE_BYTE(1),
        /** Two bytes, big-endian: up to 65,535. */
        TWO_BYTES(2),
        /** Four bytes, big-endian. */
        FOUR_BYTES(4),
        /**
         * One to five bytes of unsigned LEB128: each has seven bits of the length, the lowest
         * first, and all except the last have the high bit set.
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

        private long largestValue() {
            return this == VARINT ? Long.MAX_VALUE : (1L << (Byte.SIZE * mostBytes)) - 1;
        }
    }

    private static final int DEFAULT_MAX_BYTES = 64 * 1024;

    /** The length of the longest array that every JVM can allocate. */
    private static final int MOST_ARRAY_BYTES = Integer.MAX_VALUE - 64;

    /** The number of payload bits in a byte of a varint. */
    private static final int VARINT_BITS = 7;

    /** Set in each byte of a varint except the last. */
    private static final int VARINT_CONTINUES = 0x80;

    /** Four bytes of length, frames of at most 64 KiB. */
    public static final FrameFormat DEFAULT = new FrameFormat(Length.FOUR_BYTES, DEFAULT_MAX_BYTES);

    /**
     * Checks the format.
     *
     * @throws IllegalArgumentException if {@code maxBytes} is negative or exceeds the size of an
     *     array
     */
    public FrameFormat {
        Objects.requireNonNull(length, "length");
        int most = MOST_ARRAY_BYTES - length.mostBytes();
        if (maxBytes < 0 || maxBytes > most) {
            throw new IllegalArgumentException("maxBytes " + maxBytes + ": expected 0 to " + most);
        }
    }

    /**
     * A copy with another encoding of the length.
     *
     * @param length the encoding of the length
     * @return the copy
     */
    public FrameFormat withLength(Length length) {
        return new FrameFormat(length, maxBytes);
    }

    /**
     * A copy with another limit.
     *
     * @param maxBytes the largest number of bytes in a frame, without its length
     * @return the copy
     */
    public FrameFormat withMaxBytes(int maxBytes) {
        return new FrameFormat(length, maxBytes);
    }

    /**
     * Prepends its length to a frame.
     *
     * @param frame the frame
     * @return the length and the frame
     * @throws IllegalArgumentException if the frame exceeds the limit, or its length the encoding
     */
    public byte[] encode(byte[] frame) {
        long most = Math.min(maxBytes, length.largestValue());
        if (frame.length > most) {
            throw new IllegalArgumentException(
                    "a frame of %d bytes: expected at most %d".formatted(frame.length, most));
        }
        int lengthBytes = lengthBytes(frame.length);
        byte[] encoded = new byte[lengthBytes + frame.length];
        for (int i = 0; i < lengthBytes; i++) encoded[i] = lengthByte(frame.length, i, lengthBytes);
        System.arraycopy(frame, 0, encoded, lengthBytes, frame.length);
        return encoded;
    }

    private int lengthBytes(int frameBytes) {
        if (length != Length.VARINT) return length.mostBytes();
        int bits = Math.max(1, Integer.SIZE - Integer.numberOfLeadingZeros(frameBytes));
        return Math.ceilDiv(bits, VARINT_BITS);
    }

    private byte lengthByte(int frameBytes, int index, int count) {
        if (length != Length.VARINT) {
            return (byte) (frameBytes >>> (Byte.SIZE * (count - 1 - index)));
        }
        int bits = (frameBytes >>> (VARINT_BITS * index)) & (VARINT_CONTINUES - 1);
        return (byte) (index < count - 1 ? bits | VARINT_CONTINUES : bits);
    }
}
