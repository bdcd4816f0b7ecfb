package io.loomline.driver.unix;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Whether a listener accepts without end, and whether other processes hold its socket too.
 *
 * <pre>
 *   listening ──beginSending──▶ listening, n sends in progress ──the last endSending──▶ listening
 *       └──stop──▶ stopped ◀──stop──┘
 * </pre>
 *
 * <p>A send that has succeeded makes the socket shared for ever, because nothing tells when the
 * last of the others has closed it. During a send it counts as shared, as the peer may have it
 * already. After the stop no send begins, so what the stop saw remains true, except that a send in
 * progress may fail.
 *
 * <p><i>Threads:</i> every method may be called from any thread.
 */
final class Holders {
    private static final int STOPPED = 1;
    private static final int SHARED = 2;

    /** One send in progress. */
    private static final int SEND = 4;

    /** The flags, and the number of sends in progress. */
    private final AtomicInteger word = new AtomicInteger();

    /** Records for ever that another process holds the socket. */
    void share() {
        word.getAndUpdate(now -> now | SHARED);
    }

    /** Begins to send the socket to another process. Returns false if it is stopped. */
    boolean beginSending() {
        int before = word.getAndUpdate(now -> (now & STOPPED) != 0 ? now : now + SEND);
        return (before & STOPPED) == 0;
    }

    /**
     * Ends what {@link #beginSending} has begun.
     *
     * @param sent whether the other process may have the socket
     */
    void endSending(boolean sent) {
        word.getAndUpdate(now -> (now - SEND) | (sent ? SHARED : 0));
    }

    /** Ends the listening; returns false if it has ended before. */
    boolean stop() {
        return (word.getAndUpdate(now -> now | STOPPED) & STOPPED) == 0;
    }

    /** Whether other processes may hold the socket. */
    boolean areSeveral() {
        int now = word.get();
        return (now & SHARED) != 0 || now >= SEND;
    }
}
