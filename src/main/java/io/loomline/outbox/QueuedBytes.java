package io.loomline.outbox;

import io.loomline.net.Connection;
import io.loomline.net.Connections;

import org.jspecify.annotations.Nullable;

import java.io.IOException;

/**
 * Counts the bytes of a queue for the bound of the bytes that all connections hold. A short queue
 * is not counted, so that a queue that is emptied at once costs nothing. Guarded by the lock of its
 * owner.
 */
final class QueuedBytes {
    /** The count is exact to so many bytes. */
    private static final int GRAIN_BYTES = 4 * 1024;

    private final Connection connection;
    private int counted;

    /** The bytes of the messages that are being sent. */
    private int sending;

    QueuedBytes(Connection connection) {
        this.connection = connection;
    }

    /**
     * Counts the bytes of messages that may have been added.
     *
     * @param waiting the bytes that wait to be sent
     * @return the error that ends the connection because it would exceed the bound; null if it
     *     would not
     */
    @Nullable IOException grow(int waiting) {
        if (waiting + sending - counted < GRAIN_BYTES) return null;
        try {
            count(waiting + sending);
            return null;
        } catch (IOException e) {
            return e;
        }
    }

    /** Called when messages were removed, which are being sent. */
    void sending(int bytes) {
        sending = bytes;
    }

    /**
     * Called when the removed messages were sent, or all messages were dropped.
     *
     * @param waiting the bytes that wait to be sent
     */
    void sent(int waiting) {
        sending = 0;
        if (counted - waiting < GRAIN_BYTES && waiting > 0) return;
        try {
            if (waiting < counted) count(waiting);
        } catch (IOException e) {
            throw new AssertionError("fewer bytes are always possible", e);
        }
    }

    private void count(int bytes) throws IOException {
        Connections.changeQueuedBytes(connection, counted, bytes);
        counted = bytes;
    }
}
