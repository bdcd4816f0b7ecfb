package io.loomline.tls.record;

import io.loomline.driver.Channel;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.ReentrantLock;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;

/**
 * Seals bytes into records and passes them to the channel below. Everything that is sealed leaves
 * through this object: application data, the handshake, key updates and alerts.
 *
 * <p>Bytes count as taken when they are sealed. Records that the channel below does not take at
 * once are kept, at most those of one step, and leave before any others.
 *
 * <p><i>Threads:</i> any. No call waits while it holds the lock.
 */
public final class RecordWriter {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private static final ByteBuffer[] NO_SOURCES = {NOTHING};

    /** Ends a connection whose peer causes control records and does not read them. */
    private static final int MAX_OWED_BYTES = 256 * 1024;

    private final Channel below;
    private final SSLEngine engine;
    private final ReentrantLock lock = new ReentrantLock();

    /**
     * Sealed records of which the channel below has not taken all bytes; null if there are none.
     * Written under the lock.
     */
    private volatile @Nullable ByteBuffer owed;

    /** Guarded by the lock. */
    private boolean ended;

    /** Why nothing more can be sealed; null if it can. Written under the lock. */
    private volatile @Nullable SSLException failure;

    public RecordWriter(Channel below, SSLEngine engine) {
        this.below = below;
        this.engine = engine;
    }

    /**
     * Seals bytes and passes the records to the channel below.
     *
     * @return the number of bytes sealed; 0 while earlier records are left
     */
    public long tryWrite(ByteBuffer[] sources, int offset, int length) throws IOException {
        lock.lock();
        try {
            requireOutput();
            long taken = 0;
            while (flushOwed()) {
                long left = remaining(sources, offset, length);
                if (left == 0) break;
                boolean large = left > RecordBuffers.MAX_RECORD_BYTES;
                ByteBuffer records = large ? RecordBuffers.takeLarge() : RecordBuffers.take();
                try {
                    while (remaining(sources, offset, length) > 0 && hasRoom(records)) {
                        taken += wrap(sources, offset, length, records);
                    }
                } finally {
                    owed = records.flip();
                }
            }
            return taken;
        } finally {
            lock.unlock();
        }
    }

    private void requireOutput() throws SSLException {
        if (failure != null) throw failure;
        if (ended) throw new SSLException("the output was shut down");
    }

    private static long remaining(ByteBuffer[] sources, int offset, int length) {
        long sum = 0;
        for (int i = offset; i < offset + length; i++) sum += sources[i].remaining();
        return sum;
    }

    private boolean hasRoom(ByteBuffer records) {
        return records.position() == 0
                || records.remaining() >= engine.getSession().getPacketBufferSize();
    }

    private int wrap(ByteBuffer[] from, int offset, int length, ByteBuffer records)
            throws SSLException {
        int start = records.position();
        SSLEngineResult result = EngineCall.run(() -> engine.wrap(from, offset, length, records));
        if (result.getStatus() == Status.CLOSED) {
            records.position(start);
            throw cut();
        }
        if (result.bytesProduced() == 0) {
            throw new SSLException("the TLS engine took no bytes: " + result);
        }
        return result.bytesConsumed();
    }

    /**
     * The peer has ended its output, and with it ours. The close_notify that the engine has made is
     * dropped: the peer would take what was sent for everything.
     *
     * <p><i>Source:</i> <a href="https://www.rfc-editor.org/rfc/rfc5246#section-7.2.1">RFC 5246,
     * section 7.2.1</a>: "The other party MUST respond with a close_notify alert of its own and
     * close down the connection immediately, discarding any pending writes."
     */
    private SSLException cut() {
        return failed("the peer has closed the connection, and TLS 1.2 allows no data after that");
    }

    private SSLException failed(String message) {
        var created = new SSLException(message);
        failure = created;
        return created;
    }

    /** Whether nothing more can be sealed, not even close_notify. */
    public boolean hasFailed() {
        return failure != null;
    }

    /** Seals what the engine itself has to send: the handshake, key updates, alerts. */
    public void sealControl() throws SSLException {
        lock.lock();
        try {
            seal(false);
        } finally {
            lock.unlock();
        }
    }

    private void seal(boolean closing) throws SSLException {
        if (failure != null || !needsWrap(closing)) return;
        ByteBuffer records = RecordBuffers.takeLarge();
        try {
            while (needsWrap(closing)) {
                if (!hasRoom(records)) append(records);
                SSLEngineResult result =
                        EngineCall.run(() -> engine.wrap(NO_SOURCES, 0, 1, records));
                if (result.bytesProduced() == 0) break;
            }
        } finally {
            append(records);
            RecordBuffers.release(records);
        }
    }

    /** Not every engine asks for the wrap of its close_notify: Conscrypt's does not. */
    private boolean needsWrap(boolean closing) {
        return engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP
                || (closing && !engine.isOutboundDone());
    }

    /** Moves sealed records behind those that are owed. */
    private void append(ByteBuffer records) throws SSLException {
        records.flip();
        ByteBuffer before = owed == null ? NOTHING : owed;
        int length = before.remaining() + records.remaining();
        if (length > MAX_OWED_BYTES) {
            throw failed("the peer does not read the answers to its TLS messages");
        }
        if (records.hasRemaining()) {
            owed = ByteBuffer.allocate(length).put(before).put(records).flip();
            RecordBuffers.release(before);
        }
        records.clear();
    }

    /**
     * Ends the output: further writes throw. Idempotent.
     *
     * @param notifies whether close_notify is sealed behind everything else
     */
    public void end(boolean notifies) throws SSLException {
        lock.lock();
        try {
            if (ended) return;
            ended = true;
            if (!notifies || failure != null) return;
            EngineCall.run(() -> {
                engine.closeOutbound();
                return this;
            });
            seal(true);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Passes sealed records to the channel below. Never blocks.
     *
     * @return whether none are left
     */
    public boolean tryFlush() throws IOException {
        lock.lock();
        try {
            return flushOwed();
        } finally {
            lock.unlock();
        }
    }

    private boolean flushOwed() throws IOException {
        ByteBuffer records = owed;
        if (records == null) return true;
        below.tryWrite(records);
        owed = RecordBuffers.trimmed(records);
        return owed == null;
    }

    /** Whether no sealed records are left. */
    public boolean isFlushed() {
        return owed == null;
    }
}
