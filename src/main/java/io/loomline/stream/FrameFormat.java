package io.loomline.stream;

import java.util.Objects;

/**
 * How frames are told apart: each is preceded by its length.
 *
 * @param length how the length is coded
 * @param maxBytes how many bytes a frame may have, without its length; checked before anything is
 *     held for it
 */
public record FrameFormat(Length length, int maxBytes) {
    /** How the length of a frame is coded; it counts the bytes that follow it. */
    public enum Length {
        /** One byte: up to 255. */
        ONE_BYTE(1),
        /** Two bytes, the high one first: up to 65,535. */
        TWO_BYTES(2),
        /** Four bytes, the highest first. */
        FOUR_BYTES(4),
        /**
         * One to five bytes: seven bits in each, the lowest first, and the high bit set in all but
         * the last; unsigned LEB128.
         */
        VARINT(5);

        private final int mostBytes;

        Length(int mostBytes) {
            this.mostBytes = mostBytes;
        }

        /**
         * The size of a length, or the largest size of one that varies.
         *
         * @return bytes
         */
        public int mostBytes() {
            return mostBytes;
        }

        private long mostThatFits() {
            return this == VARINT ? Long.MAX_VALUE : (1L << (Byte.SIZE * mostBytes)) - 1;
        }
    }

    private static final int DEFAULT_MAX_BYTES = 64 * 1024;

    /** The longest array that every JVM can make. */
    private static final int MOST_ARRAY_BYTES = Integer.MAX_VALUE - 8;

    /** What one byte of a varint holds of a number. */
    private static final int VARINT_BITS = 7;

    /** Set in a byte of a varint that is followed by another. */
    private static final int VARINT_GOES_ON = 0x80;

    /** Four bytes of length, frames of at most 64 KiB. */
    public static final FrameFormat DEFAULT = new FrameFormat(Length.FOUR_BYTES, DEFAULT_MAX_BYTES);

    /**
     * Checks the format.
     *
     * @throws IllegalArgumentException if {@code maxBytes} is negative, or more than an array holds
     */
    public FrameFormat {
        Objects.requireNonNull(length, "length");
        int most = MOST_ARRAY_BYTES - length.mostBytes();
        if (maxBytes < 0 || maxBytes > most) {
            throw new IllegalArgumentException("maxBytes " + maxBytes + ": expected 0 to " + most);
        }
    }

    /**
     * A copy with another coding of the length.
     *
     * @param length how the length is coded
     * @return the copy
     */
    public FrameFormat withLength(Length length) {
        return new FrameFormat(length, maxBytes);
    }

    /**
     * A copy with another limit.
     *
     * @param maxBytes how many bytes a frame may have, without its length
     * @return the copy
     */
    public FrameFormat withMaxBytes(int maxBytes) {
        return new FrameFormat(length, maxBytes);
    }

    /**
     * Puts the length before a frame.
     *
     * @param frame the frame
     * @return the length and the frame
     * @throws IllegalArgumentException if it is longer than the format allows
     */
    public byte[] encode(byte[] frame) {
        long most = Math.min(maxBytes, length.mostThatFits());
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
        int bits = (frameBytes >>> (VARINT_BITS * index)) & (VARINT_GOES_ON - 1);
        return (byte) (index < count - 1 ? bits | VARINT_GOES_ON : bits);
    }
}
