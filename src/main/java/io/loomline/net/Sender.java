package io.loomline.net;

import io.loomline.task.Clock;
import io.loomline.task.Deadline;
import io.loomline.task.Task;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
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
final class Sender {
    private final Wire wire;
    private final Clock clock;
    private final ReentrantLock lock = new ReentrantLock();

    /** Under the lock; others may look whether it is empty. */
    private final WriteBuffer unsent;

    /** What the wait for a peer that stalls came to; null while bytes flow. Under the lock. */
    private @Nullable String stall;

    /** The thread that waits for room; written under the lock, read by whoever closes. */
    private volatile @Nullable Thread waiter;

    /**
     * Creates one.
     *
     * @param emptied runs, under the lock, when nothing is unsent any more
     */
    Sender(Wire wire, Clock clock, Runnable emptied) {
        this.wire = wire;
        this.clock = clock;
        unsent = new WriteBuffer(emptied);
    }

    WriteBuffer unsent() {
        return unsent;
    }

    /** <i>Cancellation:</i> a cancel of the caller goes before everything else. */
    void lock() throws InterruptedException {
        Task.checkCancelled();
        try {
            lock.lockInterruptibly();
        } catch (InterruptedException e) {
            Task.checkCancelled();
            throw e;
        }
    }

    boolean tryLock() {
        return lock.tryLock();
    }

    void lockUninterruptibly() {
        lock.lock();
    }

    /**
     * Takes the lock from whoever waits for room, who finds out that the connection is closed. It
     * is woken until it does: a lock inside the driver may use up a wake-up.
     */
    void lockForClosing() {
        boolean interrupted = false;
        while (!lock.tryLock()) {
            LockSupport.unpark(waiter);
            try {
                if (lock.tryLock(1, TimeUnit.MILLISECONDS)) break;
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

    /** Hands over until the wire has everything that was written; an own close ends it. */
    void sendUnsent() throws IOException, InterruptedException {
        send(unsent);
    }

    /**
     * Hands over until the wire has everything; an own close ends it.
     *
     * @throws SocketTimeoutException if the peer stalls, or did when somebody last waited for it
     */
    void send(Sending sending) throws IOException, InterruptedException {
        send(sending, false);
    }

    /** Hands over everything that was written, with patience for a peer that has stalled before. */
    void sendUnsentPatiently() throws IOException, InterruptedException {
        send(unsent, true);
    }

    private void send(Sending sending, boolean patient) throws IOException, InterruptedException {
        wire.restartWriting();
        long before = wire.sentBytes();
        while (!sending.sendTo(wire)) {
            boolean flowing = wire.sentBytes() > before;
            if (flowing) {
                before = wire.sentBytes();
                wire.restartWriting();
                stall = null;
            }
            if (stall != null && !patient) throw new SocketTimeoutException(stall);
            awaitRoom();
        }
        stall = null;
    }

    private void awaitRoom() throws IOException, InterruptedException {
        waiter = Thread.currentThread();
        try {
            wire.requireOpen();
            Patience patience = wire.writing();
            patience.enter(Patience.NO_LINE);
            try {
                wire.awaitWritable();
            } finally {
                patience.leave();
            }
            wire.requireOpen();
        } catch (SocketTimeoutException e) {
            stall = e.getMessage();
            throw e;
        } finally {
            waiter = null;
        }
    }

    /** Whether the peer has taken nothing since a wait for it took too long. */
    boolean hasStalled() {
        return stall != null;
    }

    /** Hands over what the wire takes now; whether that was all that was written. */
    boolean trySendUnsent() throws IOException {
        return unsent.sendTo(wire);
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

    private void sendWhileClosing() throws IOException, InterruptedException {
        while (!trySendUnsent()) wire.awaitWritable();
    }
}
