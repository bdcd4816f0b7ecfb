package io.loomline.driver.nio;

import io.loomline.driver.Readiness;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.util.function.Consumer;

/** A channel's place in the loop: its two directions, and who waits for each. */
final class NioKey implements NioLoop.Attachment {
    private final NioLoop loop;
    private final Direction input;
    private final Direction output;

    /** Set right after registration, before anyone can wait; read by waiters and the loop. */
    private volatile @Nullable SelectionKey key;

    private NioKey(NioLoop loop, int inputOp, int outputOp) {
        this.loop = loop;
        this.input = new Direction(inputOp);
        this.output = new Direction(outputOp);
    }

    /** Registers a channel, or gives one that is registered other directions. */
    static NioKey register(NioLoop loop, SelectableChannel channel, int inputOp, int outputOp)
            throws IOException {
        var place = new NioKey(loop, inputOp, outputOp);
        place.key = loop.register(channel, place);
        return place;
    }

    void awaitInput() throws InterruptedException {
        input.await();
    }

    void awaitOutput() throws InterruptedException {
        output.await();
    }

    /**
     * The output was ended on this side: lets a writer find out. The kernel wakes it for TCP, but
     * not for a Unix-domain socket of which the peer reads nothing.
     */
    void endOutput() {
        output.ended = true;
        output.readiness.signal();
    }

    @Override
    public void onReady(int readyOps) {
        if ((readyOps & input.op) != 0) input.onReady();
        if ((readyOps & output.op) != 0) output.onReady();
    }

    /** The channel was closed: lets the waiters find out, and the loop free the descriptor. */
    @Override
    public void wakeAll() {
        input.readiness.signal();
        output.readiness.signal();
        loop.nudge();
    }

    /** From now on nobody waits for input. */
    void endInput() {
        input.ended = true;
        input.readiness.signal();
    }

    /** The selector lets go of the channel, which stays open. */
    void deregister() {
        SelectionKey present = key;
        if (present != null) present.cancel();
        loop.nudge();
    }

    @Override
    public void onConfusion() {
        input.onConfusion();
        output.onConfusion();
    }

    private boolean isCancelled() {
        SelectionKey present = key;
        return present != null && !present.isValid();
    }

    /**
     * One direction. Interest is changed lazily: it stays on after an event, because a reader that
     * was woken mostly waits again, and goes off only when an event finds nobody waiting.
     */
    private final class Direction {
        final int op;
        final Readiness readiness = new Readiness();

        /** Whether the selector knows of our interest. Written by the waiter and by the loop. */
        private volatile boolean interested;

        /** Whether there is nothing to wait for any more. Written by whoever ends the direction. */
        private volatile boolean ended;

        Direction(int op) {
            this.op = op;
        }

        void await() throws InterruptedException {
            readiness.arm();
            if (!interested) setInterested();
            // looked at after arming: whoever ends or closes says so before they look for waiters
            if (ended || isCancelled()) readiness.disarm();
            readiness.park();
        }

        /** On the loop. The order is what makes it safe against a waiter that arms meanwhile. */
        void onReady() {
            if (readiness.signal()) return;
            change(key -> key.interestOpsAnd(~op));
            interested = false;
            if (readiness.isArmed()) setInterested();
        }

        /** On the loop: whoever waits says so once more, and so does whoever comes. */
        void onConfusion() {
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
                readiness.signal(); // the channel is closed: the waiter's next try says so
            }
        }
    }
}
