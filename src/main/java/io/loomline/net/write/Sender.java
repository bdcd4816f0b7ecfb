package io.loomline.net.write;

import io.loomline.headroom.HeldBytes;
import io.loomline.net.buffer.WriteBuffer;
import io.loomline.net.wire.FinalAttempt;
import io.loomline.net.wire.GuardedChannel;
import io.loomline.net.wire.WaitTimeouts;
import io.loomline.net.wire.WriteSource;
import io.loomline.task.Clock;
import io.loomline.task.Deadline;
import io.loomline.task.Task;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Hands bytes to the wire, and waits for room where there is none. Whoever does so holds its lock,
 * for a whole write, so that writes of several threads do not mix.
 */
public final class Sender {
    private static final VarHandle CALLERS;

    static {
        try {
            CALLERS = MethodHandles.lookup().findVarHandle(Sender.class, "callers", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** How long a write takes that fails because the peer has stalled before. */
    private static final long STALLED_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final GuardedChannel wire;
    private final Clock clock;
    private final ReentrantLock lock = new ReentrantLock();

    /** Under the lock; others may look whether it is empty. */
    private final WriteBuffer unsent;

    /**
     * What ended the last wait for room, if no byte has left since: a limit of time, or a cancel.
     * Null while bytes flow. Under the lock.
     */
    private @Nullable Exception failedWait;

    /** The thread that waits for room; written under the lock, read by whoever closes. */
    private volatile @Nullable Thread waiter;

    /** Whether the one who waits does so for nobody, and makes way for a caller. As the waiter. */
    private volatile boolean waiterMakesWay;

    /** How many wait for the lock to write. */
    private volatile int callers;

    /**
     * Creates one.
     *
     * @param emptied runs, under the lock, when nothing is unsent any more
     */
    Sender(GuardedChannel wire, Clock clock, Runnable emptied) {
        this.wire = wire;
        this.clock = clock;
        unsent = new WriteBuffer(emptied);
    }

    WriteBuffer unsent() {
        return unsent;
    }

    /** <i>Cancellation:</i> a cancel of the caller takes precedence over everything else. */
    void lock() throws InterruptedException {
        Task.checkCancelled();
        try {
            if (!lock.tryLock()) lockAfterOthers();
        } catch (InterruptedException e) {
            Task.checkCancelled();
            throw e;
        }
    }

    /**
     * A caller announces itself before it looks whether the waiter makes way, and the waiter says
     * so before it looks for callers: one of them sees the other.
     */
    private void lockAfterOthers() throws InterruptedException {
        CALLERS.getAndAdd(this, 1);
        try {
            while (waiterMakesWay) {
                if (tryLockFromWaiter()) return;
            }
            lock.lockInterruptibly();
        } finally {
            CALLERS.getAndAdd(this, -1);
        }
    }

    /** A lock inside the driver may use up a wake-up, so the waiter is woken until it notices. */
    private boolean tryLockFromWaiter() throws InterruptedException {
        LockSupport.unpark(waiter);
        return lock.tryLock(1, TimeUnit.MILLISECONDS);
    }

    boolean tryLock() {
        return lock.tryLock();
    }

    void lockUninterruptibly() {
        lock.lock();
    }

    /**
     * Takes the lock from the thread that waits for room, which finds out that the connection is
     * closed.
     */
    void lockForClosing() {
        boolean interrupted = false;
        while (!lock.tryLock()) {
            try {
                if (tryLockFromWaiter()) break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) Thread.currentThread().interrupt();
    }

    void unlock() {
        lock.unlock();
    }

    /** Hands over what the wire takes now, if nothing is before it; the buffer gets the rest. */
    void sendOrKeep(ByteBuffer... sources) throws IOException {
        if (unsent.isEmpty()) wire.tryWrite(sources);
        keep(sources);
    }

    /** Takes all bytes into the buffer. */
    void keep(ByteBuffer... sources) {
        for (ByteBuffer source : sources) unsent.add(source);
    }

    /**
     * Hands over until the wire has everything; an own close ends it.
     *
     * @throws SocketTimeoutException if the peer has taken nothing for the write timeout, at once
     *     if an earlier wait has found that out
     */
    void send(WriteSource sending) throws IOException, InterruptedException {
        while (!trySend(sending)) {
            if (failedWait instanceof SocketTimeoutException stall) throw again(stall);
            awaitRoomFor(sending);
        }
    }

    /**
     * Sends what was written, on a thread of its own: for nobody, so it makes way for a caller. A
     * stall that has been found is not timed again: it waits on until the peer takes something.
     */
    void sendInBackground() throws IOException, InterruptedException {
        waiterMakesWay = true;
        try {
            while (!trySend(unsent) && callers == 0) {
                if (failedWait instanceof SocketTimeoutException) awaitRoom(wire::awaitWritable);
                else awaitRoom();
            }
        } finally {
            waiterMakesWay = false;
        }
    }

    /** Hands over what the wire takes now; whether that was all. */
    private boolean trySend(WriteSource sending) throws IOException, InterruptedException {
        long before = wire.sentBytes();
        boolean all = sending.sendTo(wire);
        if (all || wire.sentBytes() > before) noteProgress();
        return all;
    }

    /** The time of a stall counts from its beginning, whoever waits. */
    private void noteProgress() {
        failedWait = null;
        wire.restartWriting();
    }

    /** A caller that tries again and again must not keep its carrier. */
    private static SocketTimeoutException again(SocketTimeoutException stall) {
        LockSupport.parkNanos(STALLED_PAUSE_NANOS);
        var failure = new SocketTimeoutException(stall.getMessage());
        failure.initCause(stall);
        return failure;
    }

    /** A cancel, or a deadline, does not win over room that has come meanwhile. */
    private void awaitRoomFor(WriteSource sending) throws IOException, InterruptedException {
        try {
            awaitRoom();
        } catch (InterruptedException e) {
            boolean mayBreak = sending != unsent; // a large part would be cut in the middle
            if (mayBreak) throw e;
            var _ = FinalAttempt.after(e, () -> trySendUnsent() ? true : null);
        }
    }

    /** A way to wait for room. */
    private interface Wait {
        void run() throws IOException, InterruptedException;
    }

    private void awaitRoom() throws IOException, InterruptedException {
        awaitRoom(this::awaitRoomInTime);
    }

    private void awaitRoomInTime() throws IOException, InterruptedException {
        WaitTimeouts patience = wire.writing();
        patience.enter(WaitTimeouts.NO_LINE);
        try {
            wire.awaitWritable();
        } finally {
            patience.leave();
        }
    }

    private void awaitRoom(Wait wait) throws IOException, InterruptedException {
        int held = unsent.heldBytes();
        hold(held);
        waiter = Thread.currentThread();
        try {
            wire.requireOpen();
            wait.run();
            wire.requireOpen();
        } catch (SocketTimeoutException | InterruptedException e) {
            failedWait = e;
            throw e;
        } finally {
            waiter = null;
            HeldBytes.OF_THIS_JVM.release(held);
        }
    }

    /** Where too much is held already, the peer must not wait for bytes that nobody sends. */
    private void hold(int bytes) throws IOException {
        try {
            HeldBytes.OF_THIS_JVM.hold(bytes, wire.remoteAddress());
        } catch (IOException e) {
            wire.abort();
            throw e;
        }
    }

    /** Whether a wait for the peer was in vain and it has taken nothing since. */
    boolean hasStalled() {
        return failedWait != null;
    }

    /** Hands over what the wire takes now; whether that was all that was written. */
    boolean trySendUnsent() throws IOException {
        long before = wire.sentBytes();
        boolean all = unsent.sendTo(wire);
        if (all || wire.sentBytes() > before) noteProgress();
        return all;
    }

    /**
     * Hands over for a limited time, in spite of the own close.
     *
     * @param meanwhile what another thread does as long as that takes, until it is interrupted
     */
    void finish(Duration bound, Runnable meanwhile)
            throws IOException, InterruptedException, TimeoutException {
        if (trySendUnsent()) return;
        Thread other = Thread.ofVirtual().inheritInheritableThreadLocals(false).start(meanwhile);
        try {
            Deadline.after(bound, clock).run(this::sendWhileClosing);
        } finally {
            other.interrupt();
            awaitEnd(other);
        }
    }

    private static void awaitEnd(Thread thread) {
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

    /** Nothing can be sent any more: a peer must not wait for the rest. */
    void abort() {
        wire.abort();
    }

    private void sendWhileClosing() throws IOException, InterruptedException {
        while (!trySendUnsent()) wire.awaitWritable();
    }
}
