package io.loomline.protocol;

import io.loomline.concurrent.Threads;
import io.loomline.log.ErrorText;
import io.loomline.net.Connection;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The unsent bytes of a transport. Bytes that cannot be sent at once are queued for a virtual
 * thread, which waits for the peer and ends when the queue is empty.
 *
 * <pre>
 *   direct ──kernel accepts a part──▶ in the background ──queue is empty──▶ direct
 *     └────────────────────end, failure────┴──▶ closed: drops all bytes
 * </pre>
 */
final class WriteQueue {
    @SuppressWarnings("StaticAssignmentOfThrowable") // created while memory is available
    private static final IOException LOST =
            new IOException(
                    "a write failed after a part of its bytes, for example for lack of memory");

    private static final int CHUNK_BYTES = 4 * 1024;

    private final Connection connection;
    private final ProtocolOptions options;

    /** Called without the lock when the queue crosses a water mark, fails or becomes empty. */
    private final Runnable onChange;

    private final AtomicInteger unsentBytes = new AtomicInteger();
    private final ReentrantLock lock = new ReentrantLock();

    // guarded by the lock, except the bytes of a chunk that the background thread has removed
    private final Deque<ByteBuffer> chunks = new ArrayDeque<>(2);
    private @Nullable CompletableFuture<Void> background;

    /** Bytes that wait for {@link #release}; null unless the queue holds them. */
    private @Nullable Deque<ByteBuffer> held;

    private boolean closed;
    private volatile @Nullable IOException failure;

    WriteQueue(Connection connection, ProtocolOptions options, Runnable onChange) {
        this.connection = connection;
        this.options = options;
        this.onChange = onChange;
    }

    boolean isEmpty() {
        return unsentBytes.get() == 0;
    }

    boolean isAboveHighWater() {
        return unsentBytes.get() > options.highWaterBytes();
    }

    boolean isAboveLowWater() {
        return unsentBytes.get() > options.lowWaterBytes();
    }

    boolean hasFailed() {
        return failure != null;
    }

    /** Throws if no more bytes can be sent. */
    void requireUsable() throws IOException {
        if (failure != null) throw failure;
    }

    /** Sends or queues bytes, and drops them if the queue is closed. Does not block. */
    void add(ByteBuffer bytes) {
        boolean crossed = false;
        lock.lock();
        try {
            if (!closed && background == null && held == null) connection.tryWrite(bytes);
            if (!closed && bytes.hasRemaining()) crossed = enqueue(bytes);
        } catch (IOException e) {
            fail(e);
        } catch (Throwable e) { // a part may be lost, so nothing may follow it
            fail(LOST);
            throw e;
        } finally {
            lock.unlock();
        }
        bytes.position(bytes.limit());
        if (crossed || failure != null) onChange.run();
    }

    /** Returns whether the bytes crossed the high-water mark. */
    private boolean enqueue(ByteBuffer bytes) throws IOException {
        boolean exceeds = bytes.remaining() > options.mostUnsentBytes() - unsentBytes.get();
        if (exceeds && isAboveHighWater()) throw overrun();
        int length = bytes.remaining();
        append(bytes, held == null ? chunks : held);
        int unsent = unsentBytes.addAndGet(length);
        if (background == null && held == null) background = start();
        return unsent > options.highWaterBytes() && unsent - length <= options.highWaterBytes();
    }

    private CompletableFuture<Void> start() throws IOException {
        try {
            return CompletableFuture.runAsync(this::sendInBackground, Threads::startVirtual);
        } catch (OutOfMemoryError e) { // later bytes would overtake the queued ones
            throw new IOException("no thread can be started to send the queued bytes", e);
        }
    }

    private static void append(ByteBuffer bytes, Deque<ByteBuffer> chunks) {
        int length = bytes.remaining();
        ByteBuffer last = chunks.peekLast();
        if (last == null || last.capacity() - last.limit() < length) {
            last = ByteBuffer.allocate(Math.max(CHUNK_BYTES, length)).limit(0);
            chunks.add(last);
        }
        int end = last.limit();
        last.limit(end + length).put(end, bytes, bytes.position(), length);
    }

    private IOException overrun() {
        return new IOException(
                "more than %d bytes would be unsent to %s: the writer ignored writingPaused"
                        .formatted(options.mostUnsentBytes(), connection.remoteAddress()));
    }

    private void fail(IOException e) {
        closed = true;
        failure = e;
        chunks.clear();
        held = null;
    }

    /** Holds back all bytes that are added from now on, until {@link #release}. */
    void hold() {
        lock.lock();
        try {
            if (!closed) held = new ArrayDeque<>();
        } finally {
            lock.unlock();
        }
    }

    /** Whether all bytes that were added before {@link #hold} have been sent. */
    boolean isSentUpToHold() {
        lock.lock();
        try {
            return background == null;
        } finally {
            lock.unlock();
        }
    }

    /** Sends the bytes that were held back. */
    void release() throws IOException {
        lock.lock();
        try {
            if (held == null) return;
            chunks.addAll(held);
            held = null;
            if (background == null && !chunks.isEmpty()) background = start();
        } finally {
            lock.unlock();
        }
    }

    private void sendInBackground() {
        try {
            for (ByteBuffer chunk; (chunk = next()) != null; ) {
                int length = chunk.remaining();
                connection.write(chunk);
                connection.flush(); // a small write returns even if the peer has stalled
                countSent(length);
            }
        } catch (Throwable e) { // lost, closed, or a bug in the driver
            lock.lock();
            try {
                fail(
                        e instanceof IOException lost
                                ? lost
                                : new IOException("cannot send: " + ErrorText.described(e), e));
            } finally {
                lock.unlock();
            }
        }
        onChange.run();
    }

    /** Removes the next chunk, so that no bytes are added to it; null if there is none. */
    private @Nullable ByteBuffer next() {
        lock.lock();
        try {
            ByteBuffer chunk = chunks.pollFirst();
            if (chunk == null) background = null;
            return chunk;
        } finally {
            lock.unlock();
        }
    }

    private void countSent(int length) {
        boolean wasAbove = isAboveLowWater();
        unsentBytes.addAndGet(-length);
        if (wasAbove && !isAboveLowWater()) onChange.run();
    }

    /** Closes the queue and drops its bytes. Returns whether all bytes had been sent. */
    boolean close() {
        lock.lock();
        try {
            closed = true;
            chunks.clear();
            held = null;
            return isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until the background thread has ended. Call it once the connection is closed. */
    void awaitBackground() {
        CompletableFuture<Void> sending;
        lock.lock();
        try {
            sending = background;
        } finally {
            lock.unlock();
        }
        if (sending != null) sending.join(); // uninterruptibly
    }
}
