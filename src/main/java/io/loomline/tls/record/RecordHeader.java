package io.loomline.tls.record;

import java.nio.ByteBuffer;

/**
 * The header of a record.
 *
 * <p><i>Source:</i> <a href="https://www.rfc-editor.org/rfc/rfc8446#section-5.1">RFC 8446, section
 * 5.1</a>: "The length (in bytes) of the following TLSPlaintext.fragment."
 */
final class RecordHeader {
    static final int ALERT = 21;
    static final int HANDSHAKE = 22;

    /** The size of a header. */
    static final int BYTES = 5;

    private static final int FIRST_TYPE = 20;
    private static final int LAST_TYPE = 23;
    private static final int MAJOR_VERSION = 3;

    private RecordHeader() {}

    static int type(ByteBuffer bytes) {
        return bytes.hasRemaining() ? bytes.get(bytes.position()) & 0xff : -1;
    }

    /** The size of the first record with its header. */
    static int recordBytes(ByteBuffer bytes) {
        return BYTES + (bytes.getShort(bytes.position() + BYTES - 2) & 0xffff);
    }

    /** Whether the bytes start with a whole record, or with something that is none. */
    static boolean isComplete(ByteBuffer bytes) {
        if (bytes.remaining() < BYTES) return isForeign(bytes);
        return !isRecord(bytes) || isTooLong(bytes) || bytes.remaining() >= recordBytes(bytes);
    }

    /** Whether the bytes start with the header of a record that is longer than a record may be. */
    static boolean isTooLong(ByteBuffer bytes) {
        return bytes.remaining() >= BYTES
                && isRecord(bytes)
                && recordBytes(bytes) > RecordBuffers.MAX_RECORD_BYTES;
    }

    /** Whether bytes have arrived that start no record, not even the first part of one. */
    static boolean isForeign(ByteBuffer bytes) {
        if (!bytes.hasRemaining()) return false;
        boolean hasType = FIRST_TYPE <= type(bytes) && type(bytes) <= LAST_TYPE;
        return !hasType
                || (bytes.remaining() > 1 && bytes.get(bytes.position() + 1) != MAJOR_VERSION);
    }

    private static boolean isRecord(ByteBuffer bytes) {
        int type = type(bytes);
        int major = bytes.get(bytes.position() + 1);
        return FIRST_TYPE <= type && type <= LAST_TYPE && major == MAJOR_VERSION;
    }
}
