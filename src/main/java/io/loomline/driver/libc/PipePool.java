package io.loomline.driver.libc;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The pipes of a loop's channels. A flow has one while there are bytes in it, so about as many are
 * in use as threads run at the same time and peers do not read.
 *
 * <p><i>Threads:</i> any.
 */
public final class PipePool {
    /** Bounds the descriptors of flows whose peers do not read. Further flows copy their bytes. */
    private static final int MOST = 64;

    private static final int MOST_FREE = 8;

    private final ArrayBlockingQueue<Pipe> free = new ArrayBlockingQueue<>(MOST_FREE);

    /** The number of pipes, including the free ones. */
    private final AtomicInteger count = new AtomicInteger();

    private volatile boolean closed;

    /** Returns an empty pipe; null if there are too many, or no descriptors for another. */
    @Nullable Pipe take() {
        Pipe found = free.poll();
        if (found != null) return found;
        Pipe opened = count.incrementAndGet() <= MOST ? Pipe.open() : null;
        if (opened == null) count.decrementAndGet();
        return opened;
    }

    /** Takes back an empty pipe. */
    void release(Pipe pipe) {
        if (!free.offer(pipe)) discard(pipe);
        if (closed) closeFree(); // after the offer: the close first sets the flag
    }

    /** Closes the free pipes, and each other one when it is released. */
    public void close() {
        closed = true;
        closeFree();
    }

    private void closeFree() {
        for (Pipe pipe; (pipe = free.poll()) != null; ) discard(pipe);
    }

    /** Closes a pipe, and drops the bytes in it. */
    void discard(Pipe pipe) {
        pipe.close();
        count.decrementAndGet();
    }
}
