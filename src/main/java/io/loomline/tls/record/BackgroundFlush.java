package io.loomline.tls.record;

import io.loomline.concurrent.Threads;
import io.loomline.driver.Channel;
import io.loomline.driver.Readiness;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends records that the channel below did not take at once, on a background thread. So bytes that
 * were taken from a writer leave even if it never writes again, as from a kernel's buffer.
 *
 * <pre>
 *   idle ──start──▶ running: the only one that waits for the channel below ──all sent──▶ idle
 * </pre>
 */
public final class BackgroundFlush {
    /** How long the thread pauses while a writer still leaves its wait. */
    private static final long PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(50);

    private final Channel below;
    private final RecordWriter writer;
    private final Runnable ended;
    private final AtomicBoolean running = new AtomicBoolean();

    /** The writer that waits for the channel below. */
    private volatile @Nullable Thread waiter;

    /** Parks a writer that waits for the thread. */
    private final Readiness flushed = new Readiness.WriteWait();

    /**
     * Creates an idle instance.
     *
     * @param ended runs on the background thread when nothing is left or the connection is lost
     */
    public BackgroundFlush(Channel below, RecordWriter writer, Runnable ended) {
        this.below = below;
        this.writer = writer;
        this.ended = ended;
    }

    /**
     * Sends sealed records, in the background if the channel below does not take them now.
     *
     * @return whether none are left
     */
    public boolean flush() throws IOException {
        if (writer.tryFlush()) return true;
        start();
        return false;
    }

    /** Waits until the channel below has all sealed records. <i>Blocks.</i> */
    void finish() throws IOException, InterruptedException {
        while (!writer.tryFlush()) awaitWritable();
    }

    /** Starts the thread, unless it is running. */
    public void start() {
        if (!running.compareAndSet(false, true)) return;
        try {
            var _ = Threads.startVirtual(this::run);
        } catch (Throwable e) { // out of memory
            running.set(false);
            throw e;
        }
    }

    private void run() {
        try {
            while (sendAndGoOn()) {}
        } finally {
            flushed.signal();
            ended.run();
        }
    }

    /** Returns whether there is more to send, unless another thread has begun to. */
    private boolean sendAndGoOn() {
        try {
            send();
        } catch (IOException | InterruptedException e) {
            return false; // the next write reports the loss; nobody interrupts this thread
        } finally {
            running.set(false);
        }
        return !writer.isFlushed() && running.compareAndSet(false, true);
    }

    private void send() throws IOException, InterruptedException {
        while (!writer.tryFlush()) {
            while (waiter != null) LockSupport.parkNanos(PAUSE_NANOS);
            below.awaitWritable();
        }
    }

    /**
     * Waits until the writer can go on. A writer notes that it waits before it looks for the
     * thread, and the thread sets {@code running} before it looks for a writer: at least one of
     * them sees the other, so that only one waits for the channel below.
     */
    public void awaitWritable() throws InterruptedException {
        waiter = Thread.currentThread();
        try {
            if (!running.get()) {
                below.awaitWritable();
                return;
            }
        } finally {
            waiter = null;
        }
        flushed.arm();
        if (!running.get()) flushed.disarm();
        flushed.park();
    }

    /** Wakes a writer that waits. */
    public void wakeWriter() {
        LockSupport.unpark(waiter);
        flushed.signal();
    }
}
