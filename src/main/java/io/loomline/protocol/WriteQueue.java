package io.loomline.protocol;

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
 * What a transport has taken and the kernel has not. What cannot be sent at once is kept for a
 * virtual thread, which waits for the peer and ends when nothing is left.
 *
 * <pre>
 *   direct ──the kernel does not take all──▶ in the background ──all is sent──▶ direct
 *     └───────────────────────────end, or a failure────┴──▶ over: takes nothing
 * </pre>
 */
final class WriteQueue {
    @SuppressWarnings("StaticAssignmentOfThrowable") // made before memory is short
    private static final IOException LOST =
            new IOException("a write has failed in the middle, such as for want of memory");

    private static final int CHUNK_BYTES = 4 * 1024;

    private final Connection connection;
    private final ProtocolOptions options;

    /** Told, under no lock, when there is something new to find out here. */
    private final Runnable changed;

    private final AtomicInteger unsentBytes = new AtomicInteger();
    private final ReentrantLock lock = new ReentrantLock();

    // written under the lock, but for the bytes of a chunk that the background has taken out
    private final Deque<ByteBuffer> chunks = new ArrayDeque<>(2);
    private @Nullable CompletableFuture<Void> background;
    private boolean over;
    private volatile @Nullable IOException failure;

    WriteQueue(Connection connection, ProtocolOptions options, Runnable changed) {
        this.connection = connection;
        this.options = options;
        this.changed = changed;
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

    /** Throws if nothing can be sent any more. */
    void requireUsable() throws IOException {
        if (failure != null) throw failure;
    }

    /** Sends bytes, or keeps them until they can be sent; drops them if it is over. Never waits. */
    void add(ByteBuffer bytes) {
        boolean crossed = false;
        lock.lock();
        try {
            if (!over && background == null) connection.tryWrite(bytes);
            if (!over && bytes.hasRemaining()) crossed = keep(bytes);
        } catch (IOException e) {
            fail(e);
        } catch (Throwable e) { // a part may be lost, and what comes later would hide that
            fail(LOST);
            throw e;
        } finally {
            lock.unlock();
        }
        bytes.position(bytes.limit());
        if (crossed || failure != null) changed.run();
    }

    /** Whether that crossed the high-water mark. */
    private boolean keep(ByteBuffer bytes) throws IOException {
        boolean isOver = bytes.remaining() > options.mostUnsentBytes() - unsentBytes.get();
        if (isOver && isAboveHighWater()) throw overrun();
        int length = bytes.remaining();
        take(bytes);
        int unsent = unsentBytes.addAndGet(length);
        if (background == null) background = start();
        return unsent > options.highWaterBytes() && unsent - length <= options.highWaterBytes();
    }

    private CompletableFuture<Void> start() throws IOException {
        try {
            return CompletableFuture.runAsync(
                    this::sendInBackground,
                    Thread.ofVirtual().inheritInheritableThreadLocals(false)::start);
        } catch (OutOfMemoryError e) { // what is kept would be sent behind what comes later
            throw new IOException("no thread can be started that sends what is unsent", e);
        }
    }

    private void take(ByteBuffer bytes) {
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
                "more than %d bytes would be unsent to %s: the writer did not heed writingPaused"
                        .formatted(options.mostUnsentBytes(), connection.remoteAddress()));
    }

    private void fail(IOException e) {
        over = true;
        failure = e;
        chunks.clear();
    }

    private void sendInBackground() {
        try {
            for (ByteBuffer chunk; (chunk = next()) != null; ) {
                int length = chunk.remaining();
                connection.write(chunk);
                connection.flush(); // a small write returns also when the peer has stalled
                noteSent(length);
            }
        } catch (Throwable e) { // lost, closed, or a fault of the driver
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
        changed.run();
    }

    /** The next chunk, to which nothing is added any more; null if there is none. */
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

    private void noteSent(int length) {
        boolean wasAbove = isAboveLowWater();
        unsentBytes.addAndGet(-length);
        if (wasAbove && !isAboveLowWater()) changed.run();
    }

    /** From now on everything is dropped. Whether nothing was. */
    boolean end() {
        lock.lock();
        try {
            over = true;
            chunks.clear();
            return isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until nothing runs in the background, once the connection is closed. */
    void awaitEnd() {
        CompletableFuture<Void> sending;
        lock.lock();
        try {
            sending = background;
        } finally {
            lock.unlock();
        }
        if (sending != null) sending.join(); // whatever happens
    }
}
