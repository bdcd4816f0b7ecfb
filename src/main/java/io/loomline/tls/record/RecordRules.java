package io.loomline.tls.record;

import java.nio.ByteBuffer;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;

/**
 * Refuses records of a peer that the engine would accept or answer at any cost.
 *
 * <p><i>Threads:</i> guarded by the lock of the reader.
 */
final class RecordRules {
    /** Ends a connection whose peer sends records without data, which cost CPU and move nothing. */
    private static final int MAX_EMPTY_RECORDS = 256;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    /** No record has this type: an engine that gets it ends the connection with an alert. */
    private static final byte[] NO_RECORD = new byte[RecordHeader.BYTES];

    private final SSLEngine engine;
    private boolean established;
    private int emptyRecords;

    RecordRules(SSLEngine engine) {
        this.engine = engine;
    }

    /** Called when the handshake is complete. */
    void establish() {
        established = true;
        emptyRecords = 0;
    }

    /**
     * Checks the first record.
     *
     * <p>A renegotiation lets a peer cause handshakes at no cost, and changes what was negotiated.
     * TLS 1.3 has none: its handshake messages are inside encrypted records.
     */
    void check(ByteBuffer records) throws SSLException {
        if (RecordHeader.isForeign(records)) throw refused(foreign());
        if (RecordHeader.isTooLong(records)) {
            throw refused(
                    "the peer sent a TLS record of %d bytes: expected at most %d"
                            .formatted(
                                    RecordHeader.recordBytes(records),
                                    RecordBuffers.MAX_RECORD_BYTES));
        }
        if (established && RecordHeader.type(records) == RecordHeader.HANDSHAKE) {
            throw refused("the peer asked for a TLS renegotiation, which is refused");
        }
    }

    private String foreign() {
        return established
                ? "the peer sent bytes that are no TLS record"
                : "the peer sent plaintext: it does not speak TLS here";
    }

    /** Counts a record by the data that it had. */
    void count(int dataBytes) throws SSLException {
        emptyRecords = dataBytes > 0 ? 0 : emptyRecords + 1;
        if (emptyRecords <= MAX_EMPTY_RECORDS) return;
        throw refused("the peer sent more than " + MAX_EMPTY_RECORDS + " TLS records without data");
    }

    /** The failure, after the engine was made to send an alert. */
    private SSLException refused(String message) {
        var failure = new SSLException(message);
        try {
            engine.unwrap(ByteBuffer.wrap(NO_RECORD), NOTHING);
        } catch (SSLException | RuntimeException e) {
            // as intended
        }
        return failure;
    }
}
