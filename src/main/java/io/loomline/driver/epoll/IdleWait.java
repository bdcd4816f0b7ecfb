package io.loomline.driver.epoll;

import io.loomline.log.Loggers;

import org.slf4j.Logger;

import java.util.concurrent.locks.LockSupport;

/**
 * A thread of the system that does the loop's work while there is next to none: it can wait in the
 * kernel without holding a carrier. Either it has the work, or the loop.
 */
final class IdleWait implements Runnable {
    private static final Logger LOG = Loggers.of(IdleWait.class);

    private final Runnable untilBusy;
    private final Thread thread;

    /** The loop's thread while this one has its work. */
    private volatile boolean handedOver;

    private volatile boolean ended;
    private volatile Thread loop = Thread.currentThread();

    /**
     * Creates the thread, which is not started.
     *
     * @param number the loop's
     * @param untilBusy waits and does what there is to do, until it is much
     */
    IdleWait(int number, Runnable untilBusy) {
        this.untilBusy = untilBusy;
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
                untilBusy.run();
            } catch (RuntimeException | Error e) {
                LOG.error("waiting for events failed", e); // if it lasts, the loop meets it, too
            } finally {
                handedOver = false;
                LockSupport.unpark(loop);
            }
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
