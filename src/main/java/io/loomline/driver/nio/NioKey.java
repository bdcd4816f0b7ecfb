package io.loomline.driver.nio;

import io.loomline.driver.Readiness;
import io.loomline.log.Loggers;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.util.function.Consumer;

/**
 * The registration of a channel with a loop: its two directions and the thread that waits for each.
 */
final class NioKey implements NioLoop.Attachment {
    private static final Logger LOG = Loggers.of(NioKey.class);

    private final NioLoop loop;
    private final SelectableChannel channel;
    private final Direction input;
    private final Direction output;

    /** Set right after registration, before any thread can wait; read by waiters and the loop. */
    private volatile @Nullable SelectionKey key;

    private NioKey(NioLoop loop, SelectableChannel channel, int inputOp, int outputOp) {
        this.loop = loop;
        this.channel = channel;
        this.input = new Direction(inputOp);
        this.output = new Direction(outputOp);
    }

    /** Registers a channel, or replaces the directions of a registered one. */
    static NioKey register(NioLoop loop, SelectableChannel channel, int inputOp, int outputOp)
            throws IOException {
        var registered = new NioKey(loop, channel, inputOp, outputOp);
        registered.key = loop.register(channel, registered);
        return registered;
    }

    void awaitInput() throws InterruptedException {
        input.await();
    }

    void awaitOutput() throws InterruptedException {
        output.await();
    }

    /**
     * Makes all waits for output return at once, because the output was ended on this side. The
     * kernel wakes a writer of a TCP socket by itself, but not of a Unix-domain socket whose peer
     * does not read.
     */
    void endOutput() {
        output.end();
    }

    /** Makes all waits for input return at once. */
    void endInput() {
        input.end();
    }

    @Override
    public void onReady(int readyOps) {
        if ((readyOps & input.op) != 0) input.onReady();
        if ((readyOps & output.op) != 0) output.onReady();
    }

    /** Wakes the waiters of a closed channel, and the loop to free its descriptor. */
    @Override
    public void wakeAll() {
        input.readiness.signal();
        output.readiness.signal();
        loop.nudge();
    }

    /** Removes the channel from the selector and leaves it open. */
    void deregister() {
        SelectionKey present = key;
        if (present != null) present.cancel();
        loop.nudge();
    }

    /**
     * Closes the channel and wakes its waiters. Idempotent.
     *
     * @param address names the channel in a log line
     */
    void close(SocketAddress address) {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.debug("closing the socket of {} failed", address, e);
        }
        wakeAll();
    }

    @Override
    public void resync() {
        input.resync();
        output.resync();
    }

    private boolean isCancelled() {
        SelectionKey present = key;
        return present != null && !present.isValid();
    }

    /**
     * One direction. Interest is changed lazily: it stays on after an event, because a woken reader
     * usually waits again. It goes off only if an event finds no waiter.
     */
    private final class Direction {
        final int op;
        final Readiness readiness;

        /** Whether interest is set in the selector. Written by the waiter and by the loop. */
        private volatile boolean interested;

        /**
         * Whether waits return at once from now on. Written by the thread that ends the direction.
         */
        private volatile boolean ended;

        Direction(int op) {
            this.op = op;
            readiness =
                    switch (op) {
                        case SelectionKey.OP_READ -> new Readiness.ReadWait();
                        case SelectionKey.OP_ACCEPT -> new Readiness.AcceptWait();
                        default -> new Readiness.WriteWait();
                    };
        }

        void await() throws InterruptedException {
            assert op != 0 : "nothing to wait for in " + channel;
            readiness.arm();
            if (!interested) setInterested();
            // checked after arming: end and close first change the state, then signal the waiter
            if (ended || isCancelled()) readiness.disarm();
            readiness.park();
        }

        void end() {
            ended = true;
            readiness.signal();
        }

        /**
         * Called on the loop. The order of the steps is safe against a waiter that arms meanwhile.
         */
        void onReady() {
            if (readiness.signal()) return;
            change(key -> key.interestOpsAnd(~op));
            interested = false;
            if (readiness.isArmed()) setInterested();
        }

        /** Called on the loop. Waiters set their interest anew. */
        void resync() {
            interested = false;
            readiness.signal();
        }

        private void setInterested() {
            interested = true;
            change(key -> key.interestOpsOr(op));
            loop.nudge();
        }

        private void change(Consumer<SelectionKey> how) {
            SelectionKey present = key;
            try {
                if (present != null) how.accept(present);
            } catch (CancelledKeyException e) {
                readiness.signal(); // the channel is closed: the waiter's next try throws
            }
        }
    }
}
