package io.loomline.driver.epoll;

import io.loomline.driver.Readiness;

/**
 * One direction of a descriptor. The kernel tells only of changes, so the loop counts what it was
 * told; whoever has tried and found nothing remembers the count from before it tried, and waits
 * only while that is the count. What is told during the try is thus seen as new.
 */
final class PollDirection {
    private final Readiness readiness = new Readiness();

    /** Written by the loop. It may wrap around: only a difference counts. */
    private volatile int events;

    /** Set once, when every further try tells something at once, such as the end. */
    private volatile boolean ended;

    /** The count at which there was nothing. Of the one thread that may wait. */
    private int exhaustedAt;

    /** To be asked before a try. */
    int events() {
        return events;
    }

    /** A try has found that there is no more; before it there had been so many events. */
    void exhausted(int eventsBefore) {
        exhaustedAt = eventsBefore;
    }

    /** A try was successful, and the next may be. */
    void notExhausted(int eventsBefore) {
        exhaustedAt = eventsBefore - 1;
    }

    /** On the loop: something is new. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // the loop alone counts
    void onEvent() {
        events++;
        readiness.signal();
    }

    /** From now on, nobody waits. */
    void end() {
        ended = true;
        readiness.signal();
    }

    /** Whether there is something to wait for. Of the one thread that may wait. */
    boolean isExhausted() {
        return !ended && events == exhaustedAt;
    }

    /** Returns early without a reason when the thread is unparked. */
    @SuppressWarnings("ThreadPriorityCheck") // see there
    void await() throws InterruptedException {
        readiness.arm();
        // looked at after arming: whoever changes them looks for the waiter afterwards
        if (!isExhausted()) {
            readiness.disarm();
            Thread.yield(); // or those who ask again and again would keep a carrier to themselves
        }
        readiness.park();
    }
}
