package io.loomline.driver.unix;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The growing pauses between attempts to connect to a Unix-domain listener whose queue is full. The
 * kernel does not report when the queue has space again.
 *
 * <p><i>Threads:</i> the connecting thread's.
 *
 * <p><i>Source:</i> EAGAIN in <a
 * href="https://man7.org/linux/man-pages/man2/connect.2.html">connect(2)</a>: "For nonblocking UNIX
 * domain sockets, the socket is nonblocking, and the connection cannot be completed immediately."
 */
public final class FullQueuePauses {
    private static final long MIN_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long MAX_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private long nanos = MIN_NANOS;

    /** Begins with the shortest pause. */
    public FullQueuePauses() {}

    /**
     * Pauses, each time for longer. <i>Blocks.</i>
     *
     * @throws InterruptedException if the thread was interrupted; the status is cleared
     */
    public void pause() throws InterruptedException {
        LockSupport.parkNanos(nanos);
        if (Thread.interrupted()) throw new InterruptedException();
        nanos = Math.min(2 * nanos, MAX_NANOS);
    }
}
