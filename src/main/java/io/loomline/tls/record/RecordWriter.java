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
 * <p>Application bytes count as taken once the channel below has their whole record. Until then the
 * caller keeps them, so it knows that something is unsent, and offers them again.
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

    // guarded by the lock
    /** Sealed records of which the channel below has not taken all bytes; null if there are none. */
    private @Nullable ByteBuffer owed;

    /** The number of application bytes in {@code owed}, which were not reported as taken. */
    private int sealedBytes;

    private boolean ended;

    public RecordWriter(Channel below, SSLEngine engine) {
        this.below = below;
        this.engine = engine;
    }

    /** The bytes at the start of the caller's data that are sealed and not yet reported as taken. */
    public int sealedBytes() {
        lock.lock();
        try {
            return sealedBytes;
        } finally {
            lock.unlock();
        }
    }

    public long tryWrite(ByteBuffer[] sources, int offset, int length) throws IOException {
        lock.lock();
        try {
            var bytes = new Sources(sources, offset, length);
            try {
                return send(bytes);
            } finally {
                bytes.settle();
            }
        } finally {
            lock.unlock();
        }
    }

    private long send(Sources bytes) throws IOException {
        if (!flushOwed()) return 0;
        bytes.taken += sealedBytes;
        sealedBytes = 0;
        bytes.settle();
        while (owed == null && bytes.hasRemaining()) {
            boolean large = bytes.remaining() > RecordBuffers.MAX_RECORD_BYTES;
            ByteBuffer records = large ? RecordBuffers.takeLarge() : RecordBuffers.take();
            sendRecords(bytes, records);
        }
        return bytes.taken;
    }

    /** Seals as many records as fit into a buffer, and passes them to the channel below. */
    private void sendRecords(Sources bytes, ByteBuffer records) throws IOException {
        var ends = new int[RecordBuffers.LARGE_RECORDS + 1];
        var sizes = new int[ends.length];
        int count = 0;
        while (count < ends.length && bytes.hasRemaining() && hasRoom(records)) {
            SSLEngineResult result = wrap(bytes.buffers, bytes.offset, bytes.length, records);
            if (result.bytesProduced() == 0) throw refused(result);
            ends[count] = records.position();
            sizes[count++] = result.bytesConsumed();
        }
        owed = records.flip();
        flushOwed();
        int accepted = owed == null ? Integer.MAX_VALUE : ends[count - 1] - owed.remaining();
        for (int i = 0; i < count; i++) {
            if (ends[i] <= accepted) bytes.taken += sizes[i];
            else sealedBytes += sizes[i];
        }
    }

    private boolean hasRoom(ByteBuffer records) {
        return records.position() == 0
                || records.remaining() >= engine.getSession().getPacketBufferSize();
    }

    private SSLEngineResult wrap(ByteBuffer[] from, int offset, int length, ByteBuffer records)
            throws SSLException {
        if (ended) throw new SSLException("the output was shut down");
        return engine.wrap(from, offset, length, records);
    }

    private static SSLException refused(SSLEngineResult result) {
        return new SSLException(
                result.getStatus() == Status.CLOSED
                        ? "the peer has closed the connection; TLS 1.2 allows no data after that"
                        : "the TLS engine took no bytes: " + result);
    }

    /** Seals what the engine itself has to send: the handshake, key updates, alerts. */
    public void sealControl() throws SSLException {
        lock.lock();
        try {
            seal();
        } finally {
            lock.unlock();
        }
    }

    private void seal() throws SSLException {
        if (engine.getHandshakeStatus() != HandshakeStatus.NEED_WRAP) return;
        ByteBuffer records = RecordBuffers.takeLarge();
        try {
            while (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
                if (!hasRoom(records)) append(records);
                SSLEngineResult result = engine.wrap(NO_SOURCES, 0, 1, records);
                if (result.bytesProduced() == 0) break;
            }
        } finally {
            append(records);
            RecordBuffers.release(records);
        }
    }

    /** Moves sealed records behind those that are owed. */
    private void append(ByteBuffer records) throws SSLException {
        records.flip();
        ByteBuffer before = owed == null ? NOTHING : owed;
        int length = before.remaining() + records.remaining();
        if (length > MAX_OWED_BYTES) {
            throw new SSLException("the peer does not read the answers to its TLS messages");
        }
        if (records.hasRemaining()) {
            owed = ByteBuffer.allocate(length).put(before).put(records).flip();
            RecordBuffers.release(before);
        }
        records.clear();
    }

    /** Seals close_notify behind everything else. Further writes throw. Idempotent. */
    public void end() throws SSLException {
        lock.lock();
        try {
            if (ended) return;
            ended = true;
            engine.closeOutbound();
            seal();
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

    /** Waits until the channel below has all sealed records. <i>Blocks.</i> */
    public void flush() throws IOException, InterruptedException {
        while (!tryFlush()) below.awaitWritable();
    }
}
