package io.loomline.driver.unix;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * When a listener that stops has looked often enough for connections that were under way: once its
 * queue has stayed empty for a moment, and in any case soon.
 *
 * <p><i>Threads:</i> of the one that accepts.
 */
public final class DrainPolls {
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    /** Within a machine a handshake is over in well under a millisecond. */
    private static final int QUIET_LOOKS_HERE = 3;

    /** Through a network it takes as long as a packet there and back. */
    private static final int QUIET_LOOKS_THERE = 20;

    private static final long BOUND_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final long startNanos = System.nanoTime();
    private final int quietLooks;
    private int quietLooksLeft;

    /**
     * Begins.
     *
     * @param local where the listener listens
     */
    public DrainPolls(SocketAddress local) {
        boolean here =
                !(local instanceof InetSocketAddress inet) || inet.getAddress().isLoopbackAddress();
        quietLooks = here ? QUIET_LOOKS_HERE : QUIET_LOOKS_THERE;
        quietLooksLeft = quietLooks;
    }

    /** Somebody was in the queue: it is not quiet yet. */
    public void found() {
        quietLooksLeft = quietLooks;
    }

    /**
     * The queue was found empty: waits a moment, unless it was the last look. <i>Blocks.</i>
     *
     * @return whether to look again
     * @throws InterruptedException if the thread was interrupted; the status is cleared
     */
    public boolean again() throws InterruptedException {
        if (quietLooksLeft-- <= 0 || System.nanoTime() - startNanos > BOUND_NANOS) return false;
        LockSupport.parkNanos(PAUSE_NANOS);
        if (Thread.interrupted()) throw new InterruptedException();
        return true;
    }
}
