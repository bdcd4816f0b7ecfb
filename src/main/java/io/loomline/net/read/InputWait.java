package io.loomline.net.read;

import io.loomline.headroom.HeldBytes;
import io.loomline.net.buffer.ReadBuffer;
import io.loomline.net.wire.GuardedChannel;
import io.loomline.net.wire.WaitTimeouts;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.concurrent.locks.LockSupport;

/** The waits of a reader for input. */
final class InputWait {
    private final GuardedChannel channel;
    private final ReadBuffer window;

    /** The reader while it waits. Written by the reader, read by the closing thread. */
    private volatile @Nullable Thread waiter;

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
     * Waits for input. Meanwhile the window holds no more memory than its bytes need.
     *
     * @return the interrupt that cut the wait; null if none did
     */
    @Nullable InterruptedException await(long linePosition) throws IOException {
        window.trim();
        int held = window.heldBytes();
        if (held == 0) return awaitInput(linePosition);
        HeldBytes.OF_THIS_JVM.hold(held, channel.remoteAddress());
        try {
            return awaitInput(linePosition);
        } finally {
            HeldBytes.OF_THIS_JVM.release(held);
        }
    }

    private @Nullable InterruptedException awaitInput(long linePosition) throws IOException {
        WaitTimeouts timeouts = channel.reading();
        timeouts.enter(linePosition);
        waiter = Thread.currentThread();
        try {
            channel.requireOpen(); // after waiter is set, so that the closing thread wakes it
            channel.awaitReadable();
        } catch (InterruptedException e) {
            return e;
        } finally {
            waiter = null;
            timeouts.leave();
        }
        channel.requireOpen();
        return null;
    }
}
