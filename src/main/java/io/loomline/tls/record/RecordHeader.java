package io.loomline.tls.record;

import java.nio.ByteBuffer;

import javax.net.ssl.SSLException;

/**
 * The header of a record.
 *
 * <p><i>Source:</i> <a href="https://www.rfc-editor.org/rfc/rfc8446#section-5.1">RFC 8446, section
 * 5.1</a>: "The length (in bytes) of the following TLSPlaintext.fragment."
 */
final class RecordHeader {
    static final int ALERT = 21;
    static final int HANDSHAKE = 22;

    private static final int FIRST_TYPE = 20;
    private static final int LAST_TYPE = 23;
    private static final int MAJOR_VERSION = 3;
    private static final int BYTES = 5;

    private RecordHeader() {}

    static int type(ByteBuffer bytes) {
        return bytes.hasRemaining() ? bytes.get(bytes.position()) & 0xff : -1;
    }

    /** The size of the first record with its header. */
    static int recordBytes(ByteBuffer bytes) {
        return BYTES + (bytes.getShort(bytes.position() + BYTES - 2) & 0xffff);
    }

    /**
     * Whether the bytes start with a whole record, or with something that is no record, which the
     * engine refuses with an alert.
     *
     * @throws SSLException if the record is longer than a record may be
     */
    static boolean isComplete(ByteBuffer bytes) throws SSLException {
        if (bytes.remaining() < BYTES) return false;
        if (!isRecord(bytes)) return true;
        int length = recordBytes(bytes);
        if (length > RecordBuffers.MAX_RECORD_BYTES) {
            throw new SSLException(
                    "the peer sent a TLS record of %d bytes: expected at most %d"
                            .formatted(length, RecordBuffers.MAX_RECORD_BYTES));
        }
        return bytes.remaining() >= length;
    }

    static boolean isCompleteOrInvalid(ByteBuffer bytes) {
        try {
            return isComplete(bytes);
        } catch (SSLException e) {
            return true;
        }
    }

    private static boolean isRecord(ByteBuffer bytes) {
        int type = type(bytes);
        int major = bytes.get(bytes.position() + 1);
        return FIRST_TYPE <= type && type <= LAST_TYPE && major == MAJOR_VERSION;
    }
}
