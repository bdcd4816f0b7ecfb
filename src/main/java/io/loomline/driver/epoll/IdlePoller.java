package io.loomline.driver.epoll;

import io.loomline.driver.carrier.LoopFailures;

import java.io.IOException;
import java.util.concurrent.locks.LockSupport;

/**
 * A thread of the system that does the loop's work while there is next to none: it can wait in the
 * kernel without holding a carrier. Either it has the work, or the loop.
 */
final class IdlePoller implements Runnable {
    /** Waits and does what there is to do, until it is much. */
    interface Work {
        void untilBusy() throws IOException;
    }

    private final Work work;
    private final LoopFailures failures;
    private final Thread thread;

    /** The loop's thread while this one has its work. */
    private volatile boolean handedOver;

    private volatile boolean ended;
    private volatile Thread loop = Thread.currentThread();

    /**
     * Creates the thread, which is not started.
     *
     * @param number the loop's
     * @param work what it does in the loop's place
     * @param failures the loop's, which goes on with the work after one
     */
    IdlePoller(int number, Work work, LoopFailures failures) {
        this.work = work;
        this.failures = failures;
        thread =
                Thread.ofPlatform()
                        .daemon()
                        .inheritInheritableThreadLocals(false)
                        .name("loomline-epoll-idle-" + number)
                        .unstarted(this);
    }

    void start() {
        thread.start();
    }

    /** Gives the loop's work away until there is much of it. Called by the loop's thread. */
    void await() {
        loop = Thread.currentThread();
        handedOver = true;
        LockSupport.unpark(thread);
        while (handedOver) LockSupport.park(this);
    }

    @Override
    public void run() {
        while (!ended) {
            if (!handedOver) {
                LockSupport.park(this);
                continue;
            }
            try {
                work.untilBusy();
            } catch (Throwable e) {
                failures.note(e); // if it lasts, the loop meets it, too
            }
            handBack();
        }
    }

    private void handBack() {
        handedOver = false;
        try {
            LockSupport.unpark(loop);
        } catch (Throwable e) { // without memory for a carrier, the scheduler has it in its queue
            failures.note(e);
        }
    }

    /** Ends the thread, which has nothing to do. <i>Blocks</i> until it has ended. */
    void end() {
        ended = true;
        LockSupport.unpark(thread);
        awaitEnd(thread);
    }

    /** <i>Blocks</i> until a thread has ended, whatever interrupts. */
    static void awaitEnd(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) Thread.currentThread().interrupt();
    }
}
