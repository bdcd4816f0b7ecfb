package io.loomline.driver.nio;

import io.loomline.driver.carrier.CarrierLimit;
import io.loomline.driver.carrier.Workload;
import io.loomline.log.Loggers;

import org.slf4j.Logger;

import java.io.IOException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Waits for many channels at once and wakes the threads that wait for one each.
 *
 * <pre>
 *   polling: selectNow, yield to the threads that were woken, again
 *      │ nothing was ready                   ▲ something is ready, or nudge
 *      ▼                                     │
 *   asleep: select, which parks the virtual thread or, on some platforms, holds its carrier
 * </pre>
 */
final class NioLoop implements Runnable {
    private static final Logger LOG = Loggers.of(NioLoop.class);

    private final Selector selector;
    private final Thread thread;
    private final Workload workload;

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

    NioLoop(int number, CarrierLimit limit) throws IOException {
        selector = Selector.open();
        workload = Workload.under(limit);
        thread =
                Thread.ofVirtual()
                        .inheritInheritableThreadLocals(false)
                        .name("loomline-nio-" + number)
                        .unstarted(this);
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
            while (!closed) {
                for (int ready; (ready = poll()) > 0 && !closed; ) giveWay(ready);
                workload.upToDate();
                workload.waiting(true);
                asleep.set(true);
                boolean idle = poll() == 0;
                // looked at last, because a wakeup that came before was taken by that poll
                if (idle && asleep.get() && !closed) selector.select(NioLoop::onReady);
                asleep.set(false);
                workload.waiting(false);
            }
        } catch (IOException | RuntimeException e) {
            LOG.error("the selector loop failed; its channels are closed", e);
        } finally {
            closed = true;
            workload.close();
            closeAll();
            ended = true; // first: whoever comes from here on does not wait
            takeTurns().forEach(Semaphore::release);
        }
    }

    /** Lets the threads run that were woken. */
    @SuppressWarnings("ThreadPriorityCheck") // yielding is the point
    private void giveWay(int woken) {
        workload.giveWay(woken);
        Thread.yield();
        workload.resume();
    }

    private int poll() throws IOException {
        List<Semaphore> before = takeTurns();
        int ready = selector.selectNow(NioLoop::onReady);
        before.forEach(Semaphore::release);
        return ready;
    }

    private List<Semaphore> takeTurns() {
        if (turns.isEmpty()) return List.of();
        List<Semaphore> taken = new ArrayList<>();
        for (Semaphore turn; (turn = turns.poll()) != null; ) taken.add(turn);
        return taken;
    }

    private static void onReady(SelectionKey key) {
        int readyOps;
        try {
            readyOps = key.readyOps();
        } catch (CancelledKeyException e) {
            return; // closed in this moment by a thread that wakes the waiters itself
        }
        ((Attachment) key.attachment()).onReady(readyOps);
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
