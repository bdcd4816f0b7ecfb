package io.loomline.driver.epoll;

import io.loomline.driver.Readiness;

/**
 * One direction of an edge-triggered descriptor. The polling thread counts the events. A thread
 * whose try found the direction exhausted remembers the count from before the try, and waits only
 * while the count is unchanged. So an event during the try is not lost.
 *
 * <p><i>Source:</i> <a href="https://man7.org/linux/man-pages/man7/epoll.7.html">epoll(7)</a>:
 * "edge-triggered mode delivers events only when changes occur on the monitored file descriptor",
 * and "You must consider it ready until the next (nonblocking) read/write yields EAGAIN."
 */
abstract class PollDirection extends Readiness {
    /** The class of a park blocker in a thread dump. */
    static final class ReadWait extends PollDirection {}

    /** The class of a park blocker in a thread dump. */
    static final class WriteWait extends PollDirection {}

    /** The class of a park blocker in a thread dump. */
    static final class AcceptWait extends PollDirection {}

    /** Written by the polling thread. Only differences count, so it may overflow. */
    private volatile int events;

    /** Set once, when no further try finds the direction exhausted, such as at the end. */
    private volatile boolean ended;

    /** The count at which the direction was exhausted. Confined to the thread that may wait. */
    private int exhaustedAt;

    /** Returns the count, for use before a try. */
    final int events() {
        return events;
    }

    /** Records that a try has found the direction exhausted, and the count from before it. */
    final void exhausted(int eventsBefore) {
        assert events - eventsBefore >= 0 : "the count of events has decreased";
        exhaustedAt = eventsBefore;
    }

    /** Records that the next try may succeed. */
    final void notExhausted(int eventsBefore) {
        exhaustedAt = eventsBefore - 1;
    }

    /** Counts an event. Called on the polling thread. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread polls at a time
    final void onEvent() {
        events++;
        signal();
    }

    /** Makes the current and all later waits return at once. */
    final void end() {
        ended = true;
        signal();
    }

    /** Whether a try would find the direction exhausted. Called by the thread that may wait. */
    final boolean isExhausted() {
        assert events - exhaustedAt >= 0 : "the count of events has decreased";
        return !ended && events == exhaustedAt;
    }

    /** Waits until the direction is not exhausted. Returns early when the thread is unparked. */
    @SuppressWarnings("ThreadPriorityCheck") // see the comment at the call
    final void await() throws InterruptedException {
        arm();
        // checked after arming: the polling thread first changes the state, then signals the waiter
        if (!isExhausted()) {
            disarm();
            Thread.yield(); // otherwise threads that wait in a loop would monopolize their carrier
        }
        park();
    }
}
