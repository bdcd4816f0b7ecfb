package io.loomline.driver.nio;

import io.loomline.driver.carrier.CarrierControl;
import io.loomline.driver.carrier.LoopFailures;
import io.loomline.driver.carrier.LoopGroup;
import io.loomline.driver.carrier.LoopLoad;
import io.loomline.driver.carrier.LoopThread;
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
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * Waits for the events of many channels and wakes the threads that wait for a channel each.
 *
 * <pre>
 *   POLLING: selectNow, yield to the woken threads, again ──close──▶ CLOSING ──▶ ENDED
 *      │ nothing was ready             ▲ an event, or nudge             ▲
 *      ▼                               │                                │
 *   ASLEEP: select ────────────────────┴───────────────close────────────┘
 * </pre>
 *
 * <p>Select parks the virtual thread or, on some platforms, holds its carrier. No failure ends the
 * loop, except that other code closes the selector.
 */
final class NioLoop implements Runnable, LoopGroup.Loop {
    private static final Logger LOG = Loggers.of(NioLoop.class);

    private enum State {
        POLLING,
        ASLEEP,
        CLOSING,
        ENDED
    }

    private final Selector selector;
    private final LoopThread thread;
    private final LoopFailures failures;
    private final LoopLoad load;
    private final Consumer<SelectionKey> onReady = this::onReady;

    /**
     * The loop falls asleep before its last poll, so that a later nudge wakes it. It wakes by
     * itself or by the one nudge that changes the state. CLOSING and ENDED are final for all but
     * the loop.
     */
    private final AtomicReference<State> state = new AtomicReference<>(State.POLLING);

    /** Whether channels and their keys may disagree on the interest. Confined to the loop. */
    private boolean outOfSync;

    /** Threads that wait until the selector has released closed channels. */
    private final Queue<Semaphore> releaseWaiters = new ConcurrentLinkedQueue<>();

    NioLoop(int number, CarrierControl control) throws IOException {
        selector = Selector.open();
        String name = "loomline-nio-" + number;
        failures = new LoopFailures(name);
        thread = LoopThread.virtual(name, this);
        load = LoopLoad.open(control);
    }

    @Override
    public void start() {
        thread.start();
    }

    /** The part of a registered channel that the loop notifies. */
    interface Attachment {
        /** Handles ready operations. Called on the loop. */
        void onReady(int readyOps);

        /** Wakes all waiting threads, because the channel is closed. */
        void wakeAll();

        /**
         * Wakes all waiting threads and forgets the interest, because a failure may have left it
         * unknown. Called on the loop.
         */
        void resync();
    }

    /** Registers a channel without interest, or replaces the attachment of a registered one. */
    SelectionKey register(SelectableChannel channel, Attachment attachment) throws IOException {
        SelectionKey key;
        try {
            key = channel.register(selector, 0, attachment);
        } catch (ClosedSelectorException e) {
            throw new IOException("the driver is closed", e);
        }
        // checked after registration: a close sets the state, then visits what is registered
        if (isClosing()) {
            channel.close();
            throw new IOException("the driver is closed");
        }
        return key;
    }

    /** Makes the loop apply changes of keys. Only reads one variable while the loop is polling. */
    void nudge() {
        if (state.get() == State.ASLEEP && wake()) selector.wakeup();
    }

    private boolean wake() {
        return state.compareAndSet(State.ASLEEP, State.POLLING);
    }

    private boolean isClosing() {
        State now = state.get();
        return now == State.CLOSING || now == State.ENDED;
    }

    /**
     * Returns when the selector has released closed channels, which frees their descriptors.
     * <i>Blocks</i> for an iteration of the loop, uninterruptibly.
     */
    void awaitRelease() {
        var released = new Semaphore(0);
        releaseWaiters.add(released);
        nudge();
        // checked after adding: the loop first sets the state, then empties the queue
        if (state.get() != State.ENDED) released.acquireUninterruptibly();
    }

    @Override
    public void run() {
        try {
            while (!isClosing()) runIteration();
        } catch (ClosedSelectorException e) {
            LOG.error("the selector was closed by other code; closing its channels", e);
        } finally {
            end();
        }
    }

    private void end() {
        state.set(State.CLOSING);
        try {
            load.close();
            closeAll();
        } finally {
            state.set(State.ENDED);
            release(Integer.MAX_VALUE);
        }
    }

    private void runIteration() {
        try {
            if (outOfSync) resync();
            pollUntilWoken();
            if (outOfSync) failures.pause(); // the selector reports the same keys again
            else failures.recovered();
        } catch (Throwable e) {
            if (!selector.isOpen()) throw new ClosedSelectorException();
            outOfSync = true;
            failures.record(e);
            if (!isClosing()) failures.pause();
        } finally {
            wake();
            load.waiting(false);
        }
    }

    /** Polls until nothing is ready, then sleeps until something is. */
    private void pollUntilWoken() throws IOException {
        for (int ready; (ready = poll()) > 0 && !outOfSync && !isClosing(); ) load.yieldTo(ready);
        load.caughtUp();
        load.waiting(true);
        state.compareAndSet(State.POLLING, State.ASLEEP);
        boolean idle = poll() == 0;
        // checked last: the poll has consumed any earlier wakeup
        if (idle && !outOfSync && state.get() == State.ASLEEP) selector.select(onReady);
    }

    private void resync() {
        outOfSync = false; // first: a failure from here on counts
        for (SelectionKey key : selector.keys()) attachment(key).resync();
    }

    private static Attachment attachment(SelectionKey key) {
        return (Attachment) key.attachment();
    }

    private int poll() throws IOException {
        int before = releaseWaiters.size();
        int ready = selector.selectNow(onReady);
        release(before);
        return ready;
    }

    private void release(int most) {
        for (int i = 0; i < most; i++) {
            Semaphore released = releaseWaiters.poll();
            if (released == null) return;
            released.release();
        }
    }

    /** A failure of one channel must not prevent the others from being notified. */
    private void onReady(SelectionKey key) {
        assert thread.isCurrent() : "the loop of " + key + " runs on another thread";
        try {
            attachment(key).onReady(key.readyOps());
        } catch (CancelledKeyException e) {
            // closed meanwhile: the closing thread wakes the waiters itself
        } catch (Throwable e) {
            outOfSync = true;
            failures.record(e);
        }
    }

    private void closeAll() {
        for (SelectionKey key : selector.keys()) {
            try {
                key.channel().close();
            } catch (IOException e) {
                LOG.warn("a channel could not be closed", e);
            }
            attachment(key).wakeAll();
        }
        try {
            selector.close();
        } catch (IOException e) {
            LOG.warn("a selector could not be closed", e);
        }
    }

    @Override
    public void close() {
        state.updateAndGet(present -> present == State.ENDED ? present : State.CLOSING);
        selector.wakeup();
        thread.unpark(); // ends a pause after a failure
        thread.awaitEnd();
    }
}
