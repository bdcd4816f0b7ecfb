package io.loomline.driver.unix;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Decides how long a stopped listener polls for connections whose handshake was in progress: until
 * its queue has stayed empty for a few polls, and in any case for a bounded time.
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

    /** For a listener whose queue is left to others. */
    static final DrainPolls NONE = new DrainPolls(0);

    private final long startNanos = System.nanoTime();
    private final int emptyPolls;
    private int emptyPollsLeft;

    /** Begins to drain a listener at the given address. */
    DrainPolls(SocketAddress local) {
        this(isOnLoopback(local) ? EMPTY_POLLS_ON_LOOPBACK : EMPTY_POLLS_ON_NETWORK);
    }

    private DrainPolls(int emptyPolls) {
        this.emptyPolls = emptyPolls;
        emptyPollsLeft = emptyPolls;
    }

    private static boolean isOnLoopback(SocketAddress local) {
        return !(local instanceof InetSocketAddress inet) || inet.getAddress().isLoopbackAddress();
    }

    /** Records that a poll has found a connection. */
    void found() {
        emptyPollsLeft = emptyPolls;
    }

    /**
     * Records that a poll has found nothing, and pauses unless it was the last one. <i>Blocks.</i>
     *
     * @return whether to poll again
     * @throws InterruptedException if the thread was interrupted; the status is cleared
     */
    boolean pauseAfterEmpty() throws InterruptedException {
        if (emptyPollsLeft-- <= 0 || System.nanoTime() - startNanos > BOUND_NANOS) return false;
        LockSupport.parkNanos(PAUSE_NANOS);
        if (Thread.interrupted()) throw new InterruptedException();
        return true;
    }
}
