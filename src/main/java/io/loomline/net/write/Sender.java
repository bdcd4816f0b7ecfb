package io.loomline.net.write;

import io.loomline.concurrent.Threads;
import io.loomline.net.buffer.WriteBuffer;
import io.loomline.net.wire.FinalAttempt;
import io.loomline.net.wire.GuardedChannel;
import io.loomline.net.wire.LimitTimeoutException;
import io.loomline.net.wire.WaitTimeouts;
import io.loomline.net.wire.WriteSource;
import io.loomline.task.Clock;
import io.loomline.task.Deadline;
import io.loomline.tls.TlsChannel;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/**
 * Passes bytes to the channel, and waits while it takes none. Its lock guards it and its buffer.
 */
public final class Sender {
    /** The duration of a write that fails at once because an earlier wait has timed out. */
    private static final long STALLED_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final GuardedChannel channel;
    private final Clock clock;
    private final WriteLock lock;

    /** Guarded by the lock, except {@code isEmpty} and {@code fillings}. */
    private final WriteBuffer unsent;

    /**
     * The timeout or cancel that ended the last wait, if the channel has taken no byte since; null
     * otherwise. Guarded by the lock.
     */
    private @Nullable Exception failedWait;

    /**
     * Creates a sender.
     *
     * @param emptied runs, under the lock, when the last unsent byte was sent or dropped
     */
    Sender(GuardedChannel channel, Clock clock, Runnable emptied) {
        this.channel = channel;
        lock = new WriteLock();
        this.clock = clock;
        unsent = new WriteBuffer(emptied);
    }

    WriteLock lock() {
        return lock;
    }

    WriteBuffer unsent() {
        return unsent;
    }

    /** Sends as many bytes as the channel takes now, after unsent ones. Buffers the rest. */
    void sendOrKeep(ByteBuffer... sources) throws IOException {
        if (unsent.isEmpty()) channel.tryWrite(sources);
        keep(sources);
    }

    /** Buffers all bytes. */
    void keep(ByteBuffer... sources) {
        for (ByteBuffer source : sources) unsent.add(source);
    }

    /**
     * Sends until the channel has taken everything, or this side closes the connection.
     *
     * @throws SocketTimeoutException if the peer has taken nothing for the write timeout; at once
     *     if that timeout has ended an earlier wait
     */
    void send(WriteSource source) throws IOException, InterruptedException {
        if (trySend(source)) return;
        long from =
                channel.sentBytes(); // what the kernel has buffered, the peer need not have read
        do {
            if (failedWait instanceof LimitTimeoutException timeout) throw again(timeout);
            awaitWritable(source, from);
        } while (!trySend(source));
    }

    /** Does the same for a write that a timeout may cut in the middle. */
    void sendStreamed(StreamedWrite write) throws IOException, InterruptedException {
        try {
            send(write);
        } catch (LimitTimeoutException e) {
            throw write.isPartial() ? e.unrecoverable() : e;
        }
    }

    /**
     * Sends unsent bytes on a background thread, until a caller waits for the lock. After a
     * timeout, it waits without one until the peer takes something.
     */
    void sendInBackground() throws IOException, InterruptedException {
        lock.waiterYields(true);
        long from = channel.sentBytes();
        try {
            while (!trySend(unsent) && !lock.hasCallers()) {
                if (failedWait instanceof SocketTimeoutException) await(channel::awaitWritable);
                else await(() -> awaitWritableInTime(from));
            }
        } finally {
            lock.waiterYields(false);
        }
    }

    /** Sends as many bytes as the channel takes now. Returns whether none are left. */
    private boolean trySend(WriteSource source) throws IOException, InterruptedException {
        return noteProgress(channel.sentBytes(), source.sendTo(channel));
    }

    /** Sends as many unsent bytes as the channel takes now. Returns whether none are left. */
    boolean trySendUnsent() throws IOException {
        return noteProgress(channel.sentBytes(), unsent.sendTo(channel));
    }

    /** Restarts the write timeout if bytes were sent. */
    private boolean noteProgress(long sentBefore, boolean all) {
        if (all || channel.sentBytes() > sentBefore) {
            failedWait = null;
            channel.restartWriting();
        }
        return all;
    }

    /** Parks first, so that a caller that retries in a loop does not occupy its carrier. */
    private static LimitTimeoutException again(LimitTimeoutException timeout) {
        LockSupport.parkNanos(STALLED_PAUSE_NANOS);
        return timeout.again();
    }

    /**
     * Waits until the channel takes bytes. If bytes can be sent when a cut arrives, the write
     * continues.
     *
     * @param from the number of bytes sent before the write, from which the minimum rate counts
     */
    private void awaitWritable(WriteSource source, long from)
            throws IOException, InterruptedException {
        try {
            await(() -> awaitWritableInTime(from));
        } catch (InterruptedException e) {
            if (source != unsent) throw e; // a further step might leave a streamed write partial
            var _ = FinalAttempt.after(e, () -> trySendUnsent() ? true : null);
        }
    }

    private void awaitWritableInTime(long from) throws IOException, InterruptedException {
        WaitTimeouts timeouts = channel.writing();
        if (from != WaitTimeouts.NO_LINE) timeouts.rate(from, channel.sentBytes());
        timeouts.enter(WaitTimeouts.NO_LINE);
        try {
            channel.awaitWritable();
        } finally {
            timeouts.leave();
        }
    }

    /** A way to wait for the channel. */
    private interface Wait {
        void run() throws IOException, InterruptedException;
    }

    private void await(Wait wait) throws IOException, InterruptedException {
        assert lock.isHeldByCaller() : "one thread waits, with the lock";
        int held = unsent.heldBytes();
        hold(held);
        lock.waiter(Thread.currentThread());
        try {
            channel.requireOpen();
            wait.run();
            channel.requireOpen();
        } catch (SocketTimeoutException | InterruptedException e) {
            failedWait = e;
            throw e;
        } finally {
            lock.waiter(null);
            channel.held().release(held);
        }
    }

    /** Aborts if all connections hold too many bytes: the peer would wait for bytes never sent. */
    private void hold(int bytes) throws IOException {
        try {
            channel.held().hold(bytes, channel.remoteAddress());
        } catch (IOException e) {
            channel.abort();
            throw e;
        }
    }

    /** Whether the last wait was cut and the channel has taken no byte since. */
    boolean hasStalled() {
        return failedWait != null;
    }

    /**
     * Sends unsent bytes within a time bound, although this side is closing the connection.
     *
     * @param meanwhile run on another thread during the wait, and interrupted at its end
     */
    void finish(Duration bound, Runnable meanwhile)
            throws IOException, InterruptedException, TimeoutException {
        if (isFinished()) return;
        Thread other = Threads.startVirtual(meanwhile);
        try {
            Deadline.after(bound, clock).run(this::sendWhileClosing);
        } finally {
            other.interrupt();
            Threads.joinUninterruptibly(other);
        }
    }

    /** Resets the connection, so that the peer does not wait for bytes never sent. */
    void abort() {
        channel.abort();
    }

    private void sendWhileClosing() throws IOException, InterruptedException {
        while (!trySendUnsent()) channel.awaitWritable();
        TlsChannel tls = channel.tls();
        while (tls != null && !channel.tryFlush()) tls.awaitFlushed();
    }

    private boolean isFinished() throws IOException {
        return trySendUnsent() && channel.tryFlush();
    }

    /** Waits until the channel holds no bytes that it has taken. */
    void awaitFlushed() throws IOException, InterruptedException {
        while (!channel.tryFlush()) await(() -> awaitWritableInTime(WaitTimeouts.NO_LINE));
    }
}
