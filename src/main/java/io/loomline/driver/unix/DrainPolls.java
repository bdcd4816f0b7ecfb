package io.loomline.driver.unix;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Decides how long a stopped listener polls for connections. It does so until the queue has stayed
 * empty for a few polls, as handshakes may be in progress, and pauses for a bounded time at most.
 * If the kernel does not refuse new handshakes, it accepts a bounded number. If others have the
 * queue too, one empty poll is enough.
 *
 * <p><i>Threads:</i> the accepting thread's.
 */
final class DrainPolls {
    /**
     * Within a machine a handshake takes some microseconds, and longer only on a busy machine, on
     * which the pauses are longer too. A client whose first segment is refused meanwhile sends it
     * again after a second, so the pauses are short.
     */
    private static final long PAUSE_NANOS_ON_LOOPBACK = TimeUnit.MICROSECONDS.toNanos(100);

    private static final int EMPTY_POLLS_ON_LOOPBACK = 4;

    private static final long LONGEST_SPIN_NANOS = PAUSE_NANOS_ON_LOOPBACK;

    /** Through a network a handshake takes a round trip. */
    private static final long PAUSE_NANOS_ON_NETWORK = TimeUnit.MILLISECONDS.toNanos(2);

    private static final int EMPTY_POLLS_ON_NETWORK = 20;

    private static final long BOUND_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    /** The usual limit of a queue's length: net.core.somaxconn. */
    private static final int QUEUE_BOUND = 4096;

    private final long startNanos = System.nanoTime();
    private final int emptyPolls;
    private final long pauseNanos;
    private final boolean endless;
    private int emptyPollsLeft;
    private int found;
    private boolean ended;

    private DrainPolls(int emptyPolls, long pauseNanos, boolean endless) {
        this.emptyPolls = emptyPolls;
        this.pauseNanos = pauseNanos;
        this.endless = endless;
        emptyPollsLeft = emptyPolls;
    }

    /** Begins to drain a listener at the given address, whose handshakes are refused. */
    static DrainPolls ofRefusing(SocketAddress local) {
        return of(local, false);
    }

    /** Begins to drain a listener at the given address, whose queue clients still fill. */
    static DrainPolls ofAccepting(SocketAddress local) {
        return of(local, true);
    }

    private static DrainPolls of(SocketAddress local, boolean endless) {
        return isOnLoopback(local)
                ? new DrainPolls(EMPTY_POLLS_ON_LOOPBACK, PAUSE_NANOS_ON_LOOPBACK, endless)
                : new DrainPolls(EMPTY_POLLS_ON_NETWORK, PAUSE_NANOS_ON_NETWORK, endless);
    }

    /** Begins to drain a listener whose queue others empty too, and which clients still fill. */
    static DrainPolls ofShared() {
        return new DrainPolls(0, 0, true);
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
        if (pauseNanos > LONGEST_SPIN_NANOS) LockSupport.parkNanos(pauseNanos);
        else spin();
        if (Thread.interrupted()) throw new InterruptedException();
        return true;
    }

    /** A virtual thread that parks instead waits until all others have run. */
    private void spin() {
        long start = System.nanoTime();
        while (System.nanoTime() - start < pauseNanos) Thread.onSpinWait();
    }
}
