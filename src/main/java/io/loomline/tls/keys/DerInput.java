package io.loomline.tls.keys;

import java.io.IOException;
import java.util.Arrays;

/**
 * Reads the elements of a DER structure one after another. Only what keys and names need: tags of
 * one byte, definite lengths.
 */
final class DerInput {
    private static final int LONG_LENGTH = 0x80;

    /** More than any file that is read here has. */
    private static final int MAX_LENGTH_BYTES = 3;

    private final byte[] bytes;
    private int position;

    DerInput(byte[] bytes) {
        this.bytes = bytes;
    }

    boolean hasNext() {
        return position < bytes.length;
    }

    /** Whether the next element has the tag; false at the end. */
    boolean isNext(int tag) {
        return hasNext() && Byte.toUnsignedInt(bytes[position]) == tag;
    }

    /** The elements inside the next one. */
    DerInput enter(int tag) throws IOException {
        return new DerInput(content(tag));
    }

    /** The content of the next element, which must have the tag. */
    byte[] content(int tag) throws IOException {
        if (!isNext(tag)) {
            throw new IOException("expected a DER element with tag 0x%02x".formatted(tag));
        }
        position++;
        int length = length();
        if (length > bytes.length - position) throw new IOException("a DER element is cut off");
        position += length;
        return Arrays.copyOfRange(bytes, position - length, position);
    }

    /** The next element with its tag and length. */
    byte[] element() throws IOException {
        int start = position;
        content(nextTag());
        return Arrays.copyOfRange(bytes, start, position);
    }

    /** The tag of the next element. */
    int nextTag() throws IOException {
        if (hasNext()) return Byte.toUnsignedInt(bytes[position]);
        throw new IOException("expected one more DER element");
    }

    private int length() throws IOException {
        int first = nextByte();
        if (first < LONG_LENGTH) return first;
        int count = first - LONG_LENGTH;
        if (count == 0 || count > MAX_LENGTH_BYTES) {
            throw new IOException("a DER length has %d bytes, expected 1 to 3".formatted(count));
        }
        int length = 0;
        for (int i = 0; i < count; i++) length = length << Byte.SIZE | nextByte();
        return length;
    }

    private int nextByte() throws IOException {
        if (hasNext()) return Byte.toUnsignedInt(bytes[position++]);
        throw new IOException("a DER length is cut off");
    }
}
