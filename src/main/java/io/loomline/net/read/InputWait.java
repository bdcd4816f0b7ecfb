package io.loomline.net.read;

import io.loomline.headroom.HeldBytes;
import io.loomline.net.buffer.ReadBuffer;
import io.loomline.net.wire.GuardedChannel;
import io.loomline.net.wire.Interrupts;
import io.loomline.net.wire.WaitTimeouts;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * The waits of a reader for input. There are few methods between a read and the driver, because
 * each waiting connection keeps their frames.
 */
final class InputWait {
    /** The class of a park blocker in a thread dump. */
    private static final class CloseWait {}

    private static final CloseWait CLOSE_WAIT = new CloseWait();

    private final GuardedChannel channel;
    private final ReadBuffer window;

    /** The reader while it waits. Written by the reader, read by the closing thread. */
    private volatile @Nullable Thread waiter;

    /**
     * Whether the last wait was a pause. The next one is for input then, so that the limits hold
     * although memory stays scarce. Used by the reader.
     */
    private boolean paused;

    InputWait(GuardedChannel channel, ReadBuffer window) {
        this.channel = channel;
        this.window = window;
    }

    @Nullable Thread waiter() {
        return waiter;
    }

    /** Wakes the reader, which then checks whether the connection is closed. */
    void wake() {
        LockSupport.unpark(waiter);
    }

    /**
     * Waits, but not for input, until it is woken, as by a close. Throws if a limit has expired.
     */
    void awaitClose() throws IOException, InterruptedException {
        InterruptedException cut = await(WaitTimeouts.NO_LINE, false, () -> false);
        if (cut != null) throw cut;
    }

    /**
     * Waits. Meanwhile the window holds no more memory than its bytes need.
     *
     * @param forInput whether input ends the wait
     * @param stopped whether to wait no longer; a thread that makes it true then calls {@link
     *     #wake}
     * @return the interrupt that cut the wait; null if none did
     */
    @Nullable InterruptedException await(
            long linePosition, boolean forInput, BooleanSupplier stopped) throws IOException {
        window.trim();
        int held = window.heldBytes();
        if (held == 0) return awaitInTime(linePosition, forInput, stopped);
        HeldBytes all = channel.held();
        all.hold(held, channel.remoteAddress());
        try {
            paused = forInput && !paused && all.mustPause(held);
            if (paused) return pause(all, stopped);
            return awaitInTime(linePosition, forInput, stopped);
        } finally {
            all.release(held);
        }
    }

    /** A wait of the reader, which its limits, a close and a cancel end. */
    private @Nullable InterruptedException awaitInTime(
            long linePosition, boolean forInput, BooleanSupplier stopped) throws IOException {
        WaitTimeouts timeouts = channel.reading();
        timeouts.enter(linePosition);
        waiter = Thread.currentThread();
        try {
            // both after waiter is set, so that the thread that changes either wakes it
            channel.requireOpen();
            if (stopped.getAsBoolean()) return null;
            if (forInput) channel.await(true);
            else park();
        } catch (InterruptedException e) {
            return e;
        } finally {
            waiter = null;
            timeouts.leave();
        }
        channel.requireOpen();
        return null;
    }

    /**
     * Reads nothing for a while, so the kernel makes the peer wait. No timeout cuts the pause, and
     * it does not count for the minimum rate: the peer is not to blame for it.
     */
    private @Nullable InterruptedException pause(HeldBytes all, BooleanSupplier stopped)
            throws IOException {
        waiter = Thread.currentThread();
        try {
            // both after waiter is set, so that the thread that changes either wakes it
            channel.requireOpen();
            if (stopped.getAsBoolean()) return null;
            all.pause();
            requireNotInterrupted();
        } catch (InterruptedException e) {
            return e;
        } finally {
            waiter = null;
        }
        channel.requireOpen();
        return null;
    }

    private static void park() throws InterruptedException {
        LockSupport.park(CLOSE_WAIT);
        requireNotInterrupted();
    }

    private static void requireNotInterrupted() throws InterruptedException {
        if (Thread.interrupted()) throw Interrupts.cancelOr(new InterruptedException());
    }
}
