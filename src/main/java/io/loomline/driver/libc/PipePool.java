package io.loomline.driver.libc;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * The pipes of a loop's channels. A flow has one while there are bytes in it, so about as many are
 * in use as threads run at the same time and peers do not read.
 *
 * <p><i>Threads:</i> any.
 */
public final class PipePool {
    /**
     * Bounds the descriptors and the kernel's memory of flows whose peers do not read. Further
     * flows copy their bytes.
     *
     * <p>All pipes of an unprivileged user may have 16,384 pages together before the kernel gives
     * each further one, of any process, two pages or fewer. That is 64 pipes of 1 MiB: a loop takes
     * a quarter at most, and there is one loop for about four carriers.
     *
     * <p><i>Source:</i> <a href="https://man7.org/linux/man-pages/man7/pipe.7.html">pipe(7)</a>,
     * {@code pipe-user-pages-soft}: "The default value for this file is 16384, which permits
     * creating up to 1024 pipes with the default capacity."
     */
    static final int MOST = 16;

    private static final int MOST_FREE = 8;

    private final ArrayBlockingQueue<Pipe> free = new ArrayBlockingQueue<>(MOST_FREE);

    /** The number of pipes, including the free ones. */
    private final AtomicInteger count = new AtomicInteger();

    private final Supplier<@Nullable Pipe> opener;

    private volatile boolean closed;

    public PipePool() {
        this(Pipe::open);
    }

    PipePool(Supplier<@Nullable Pipe> opener) {
        this.opener = opener;
    }

    /** Returns an empty pipe; null if there are too many, or no descriptors for another. */
    @Nullable Pipe take() {
        Pipe found = free.poll();
        if (found != null) return found;
        Pipe opened = null;
        try {
            if (count.incrementAndGet() <= MOST) opened = opener.get();
            return opened;
        } finally { // also after an OutOfMemoryError
            if (opened == null) count.decrementAndGet();
        }
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
