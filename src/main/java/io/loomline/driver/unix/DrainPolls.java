package io.loomline.driver.unix;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Decides how long a stopped listener polls for connections. If the kernel refuses new handshakes,
 * it does so until the queue has stayed empty for a few polls, as handshakes may be in progress,
 * and pauses for a bounded time at most. Otherwise it polls until the queue is empty once, and
 * accepts a bounded number.
 *
 * <p><i>Threads:</i> the accepting thread's.
 */
final class DrainPolls {
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    /** Within a machine a handshake takes well under a millisecond. */
    private static final int EMPTY_POLLS_ON_LOOPBACK = 3;

    /** Through a network a handshake takes a round trip. */
    private static final int EMPTY_POLLS_ON_NETWORK = 20;

    private static final long BOUND_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    /** The usual limit of a queue's length: net.core.somaxconn. */
    private static final int QUEUE_BOUND = 4096;

    private final long startNanos = System.nanoTime();
    private final int emptyPolls;
    private final boolean endless;
    private int emptyPollsLeft;
    private int found;
    private boolean ended;

    private DrainPolls(int emptyPolls, boolean endless) {
        this.emptyPolls = emptyPolls;
        this.endless = endless;
        emptyPollsLeft = emptyPolls;
    }

    /** Begins to drain a listener at the given address, whose handshakes are refused. */
    static DrainPolls ofRefusing(SocketAddress local) {
        int emptyPolls = isOnLoopback(local) ? EMPTY_POLLS_ON_LOOPBACK : EMPTY_POLLS_ON_NETWORK;
        return new DrainPolls(emptyPolls, false);
    }

    /** Begins to drain a listener whose queue others empty too, and which clients still fill. */
    static DrainPolls ofShared() {
        return new DrainPolls(0, true);
    }

    private static boolean isOnLoopback(SocketAddress local) {
        return !(local instanceof InetSocketAddress inet) || inet.getAddress().isLoopbackAddress();
    }

    /** Records that a poll has found a connection. */
    void found() {
        emptyPollsLeft = emptyPolls;
        found++;
    }

    /** Ends the polling, even if the queue is not empty. */
    void end() {
        ended = true;
    }

    /**
     * Whether to poll no more: it was ended, or the queue was never empty although everything that
     * was in it at first has been accepted.
     */
    boolean isOver() {
        return ended || (endless && found >= QUEUE_BOUND && isLate());
    }

    private boolean isLate() {
        return System.nanoTime() - startNanos > BOUND_NANOS;
    }

    /**
     * Records that a poll has found nothing, and pauses unless it was the last one. <i>Blocks.</i>
     *
     * @return whether to poll again
     * @throws InterruptedException if the thread was interrupted; the status is cleared
     */
    boolean pauseAfterEmpty() throws InterruptedException {
        if (emptyPollsLeft-- <= 0 || isLate()) return false;
        LockSupport.parkNanos(PAUSE_NANOS);
        if (Thread.interrupted()) throw new InterruptedException();
        return true;
    }
}
