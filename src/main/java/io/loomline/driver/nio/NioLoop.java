package io.loomline.driver.nio;

import io.loomline.driver.carrier.CarrierControl;
import io.loomline.driver.carrier.LoopFailures;
import io.loomline.driver.carrier.LoopLoad;
import io.loomline.log.Loggers;

import org.slf4j.Logger;

import java.io.IOException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Waits for many channels at once and wakes the threads that wait for one each.
 *
 * <pre>
 *   polling: selectNow, yield to the threads that were woken, again
 *      │ nothing was ready                   ▲ something is ready, or nudge
 *      ▼                                     │
 *   asleep: select, which parks the virtual thread or, on some platforms, holds its carrier
 * </pre>
 *
 * <p>No failure ends the loop, but that the selector is closed by somebody else.
 */
final class NioLoop implements Runnable {
    private static final Logger LOG = Loggers.of(NioLoop.class);

    private final Selector selector;
    private final Thread thread;
    private final LoopFailures failures;
    private final LoopLoad workload;
    private final Consumer<SelectionKey> onReady = this::onReady;

    /** The loop's own: a channel and its key may not agree on what is waited for. */
    private boolean confused;

    /**
     * Whether the loop is in select, or about to be. Set by the loop before it looks for work a
     * last time; cleared by the loop, and by the one nudge that wakes it.
     */
    private final AtomicBoolean asleep = new AtomicBoolean();

    private volatile boolean closed;

    /** Whether nobody takes turns any more. */
    private volatile boolean ended;

    /** Those who wait for the loop to have been around once. */
    private final Queue<Semaphore> turns = new ConcurrentLinkedQueue<>();

    NioLoop(int number, CarrierControl limit) throws IOException {
        selector = Selector.open();
        String name = "loomline-nio-" + number;
        failures = new LoopFailures(name);
        thread =
                Thread.ofVirtual().inheritInheritableThreadLocals(false).name(name).unstarted(this);
        workload = LoopLoad.under(limit);
    }

    void start() {
        thread.start();
    }

    /** What a registered channel has to say. */
    interface Attachment {
        /** On the loop: some of the operations are ready. */
        void onReady(int readyOps);

        /** The channel is closed. */
        void wakeAll();

        /** On the loop: something has failed, so nobody knows what the selector waits for. */
        void onConfusion();
    }

    /** Registers a channel without interest in anything, or gives it a new attachment. */
    SelectionKey register(SelectableChannel channel, Attachment attachment) throws IOException {
        SelectionKey key;
        try {
            key = channel.register(selector, 0, attachment);
        } catch (ClosedSelectorException e) {
            throw new IOException("the driver is closed", e);
        }
        // looked at after registration: whoever closes looks for registrations after setting it
        if (closed) {
            channel.close();
            throw new IOException("the driver is closed");
        }
        return key;
    }

    /** Makes the loop take in what was changed at a key. Costs nothing while it is polling. */
    void nudge() {
        if (asleep.get() && asleep.compareAndSet(true, false)) selector.wakeup();
    }

    /**
     * Returns when the selector has let go of channels that were closed, which is when their
     * descriptors are freed. <i>Blocks</i> for a turn of the loop, whatever interrupts.
     */
    void awaitRelease() {
        var turn = new Semaphore(0);
        turns.add(turn);
        nudge();
        if (!ended) turn.acquireUninterruptibly();
    }

    @Override
    public void run() {
        try {
            while (!closed) surviveTurns();
        } catch (ClosedSelectorException e) {
            LOG.error("the selector was closed; its channels are closed", e);
        } finally {
            end();
        }
    }

    private void end() {
        closed = true;
        try {
            workload.close();
            closeAll();
        } finally {
            ended = true; // first: whoever comes from here on does not wait
            release(Integer.MAX_VALUE);
        }
    }

    private void surviveTurns() {
        try {
            if (confused) wakeAll();
            takeTurns();
            if (confused) failures.pause(); // the selector tells of the same keys again
            else failures.passed();
        } catch (Throwable e) {
            if (!selector.isOpen()) throw new ClosedSelectorException();
            confused = true;
            failures.note(e);
            if (!closed) failures.pause();
        } finally {
            asleep.set(false);
            workload.waiting(false);
        }
    }

    /** Until there was nothing to do, and there is something again. */
    private void takeTurns() throws IOException {
        for (int ready; (ready = poll()) > 0 && !confused && !closed; ) giveWay(ready);
        workload.upToDate();
        workload.waiting(true);
        asleep.set(true);
        boolean idle = poll() == 0;
        // looked at last, because a wakeup that came before was taken by that poll
        if (idle && !confused && asleep.get() && !closed) selector.select(onReady);
    }

    private void wakeAll() {
        confused = false; // first: what fails from here on counts
        for (SelectionKey key : selector.keys()) ((Attachment) key.attachment()).onConfusion();
    }

    /** Lets the threads run that were woken. */
    @SuppressWarnings("ThreadPriorityCheck") // yielding is the point
    private void giveWay(int woken) {
        workload.giveWay(woken);
        Thread.yield();
        workload.resume();
    }

    private int poll() throws IOException {
        int before = turns.size();
        int ready = selector.selectNow(onReady);
        release(before);
        return ready;
    }

    private void release(int most) {
        for (int i = 0; i < most; i++) {
            Semaphore turn = turns.poll();
            if (turn == null) return;
            turn.release();
        }
    }

    /** What fails for one must not cost the others their turn. */
    private void onReady(SelectionKey key) {
        try {
            ((Attachment) key.attachment()).onReady(key.readyOps());
        } catch (CancelledKeyException e) {
            // closed in this moment by a thread that wakes the waiters itself
        } catch (Throwable e) {
            confused = true;
            failures.note(e);
        }
    }

    private void closeAll() {
        for (SelectionKey key : selector.keys()) {
            try {
                key.channel().close();
            } catch (IOException e) {
                LOG.warn("a channel could not be closed", e);
            }
            ((Attachment) key.attachment()).wakeAll();
        }
        try {
            selector.close();
        } catch (IOException e) {
            LOG.warn("a selector could not be closed", e);
        }
    }

    /** Ends the loop and closes what is registered. <i>Blocks</i> until that is done. */
    void close() {
        closed = true;
        selector.wakeup();
        LockSupport.unpark(thread); // if it pauses after a failure
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
