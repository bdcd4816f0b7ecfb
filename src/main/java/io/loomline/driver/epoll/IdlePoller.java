package io.loomline.driver.epoll;

import io.loomline.driver.carrier.LoopFailures;
import io.loomline.driver.carrier.LoopThread;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * The platform thread that polls in the loop's place while there is little to do. It can wait in
 * the kernel without holding a carrier.
 *
 * <pre>
 *   IDLE: the loop polls ◀──await, untilBusy returns──▶ POLLING: this thread polls, the loop is parked
 *     └──end──▶ ENDED
 * </pre>
 */
final class IdlePoller implements Runnable {
    /** The loop's work. */
    interface Work {
        /** Waits for events and handles them until there are many. */
        void untilBusy() throws IOException;
    }

    private enum State {
        IDLE,
        POLLING,
        ENDED
    }

    private final Work work;
    private final LoopFailures failures;
    private final LoopThread thread;

    /** The loop leaves IDLE, this thread leaves POLLING, and ENDED is final. */
    private final AtomicReference<State> state = new AtomicReference<>(State.IDLE);

    private volatile Thread loop = Thread.currentThread();

    /**
     * Creates the thread, which is not started.
     *
     * @param number the loop's number
     * @param work the loop's work
     * @param failures records the failures of the work; the loop continues after each
     */
    IdlePoller(int number, Work work, LoopFailures failures) {
        this.work = work;
        this.failures = failures;
        thread = LoopThread.platform("loomline-epoll-idle-" + number, this);
    }

    void start() {
        thread.start();
    }

    boolean isIdle() {
        return state.get() == State.IDLE;
    }

    private boolean isPolling() {
        return state.get() == State.POLLING;
    }

    /** Lets this thread poll until there is more to do. Called on the loop. <i>Blocks.</i> */
    void await() {
        assert isIdle() : "await in state " + state;
        loop = Thread.currentThread();
        state.set(State.POLLING);
        thread.unpark();
        while (isPolling()) LockSupport.park(this);
    }

    @Override
    public void run() {
        while (state.get() != State.ENDED) {
            if (isPolling()) poll();
            else LockSupport.park(this);
        }
    }

    private void poll() {
        try {
            work.untilBusy();
        } catch (Throwable e) {
            failures.record(e); // if it persists, the loop fails too
        }
        handBack();
    }

    private void handBack() {
        assert !isIdle() : "hand back in state " + state;
        state.compareAndSet(State.POLLING, State.IDLE);
        try {
            LockSupport.unpark(loop);
        } catch (Throwable e) { // such as a lack of memory for a carrier: the loop is queued anyway
            failures.record(e);
        }
    }

    /** Ends the thread. Called on the loop. <i>Blocks</i> until the thread has ended. */
    void end() {
        state.set(State.ENDED);
        thread.unpark();
        thread.awaitEnd();
    }
}
