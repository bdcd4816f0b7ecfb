package io.loomline.net;

import io.loomline.task.Deadline;
import io.loomline.task.Task;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The writing side of a connection: one choke point for every write. Bytes stay in its buffer only
 * while further input is already here, or when a write was cut after the peer got a part of it.
 *
 * <pre>
 *   usable ──shutDown──▶ shut
 *     └──a large write was cut in the middle──▶ broken: the peer's stream has a hole
 * </pre>
 */
final class Output implements Flusher.Unsent {
    /** Bounds what is unsent; a write up to this size is taken whole or not at all. */
    static final int BUFFER_BYTES = 64 * 1024;

    private final Wire wire;
    private final ReadBuffer unread;
    private final Flusher flusher;

    /** Held for a whole write, so that writes of several threads do not mix. */
    private final ReentrantLock lock = new ReentrantLock();

    // guarded by the lock
    private boolean shut;
    private boolean broken;

    /** What is unsent; others may look whether it is empty. */
    private final WriteBuffer unsent = new WriteBuffer();

    /** Whether the flusher knows of us. */
    private boolean flushingLater;

    /** The thread that waits for room; written under the lock, read by whoever closes. */
    private volatile @Nullable Thread waiter;

    /** Read by anyone, who may see it a little late. */
    private long takenBytes;

    Output(Wire wire, ReadBuffer unread, Flusher flusher) {
        this.wire = wire;
        this.unread = unread;
        this.flusher = flusher;
    }

    void write(ByteBuffer bytes) throws IOException, InterruptedException {
        Task.checkCancelled();
        lock();
        try {
            requireUsable();
            if (!bytes.hasRemaining()) return;
            if (bytes.remaining() <= BUFFER_BYTES) writeWhole(bytes);
            else writeLarge(bytes);
        } finally {
            lock.unlock();
        }
    }

    private void lock() throws InterruptedException {
        try {
            lock.lockInterruptibly();
        } catch (InterruptedException e) {
            Task.checkCancelled();
            throw e;
        }
    }

    private void requireUsable() throws IOException {
        wire.requireOpen();
        if (broken) {
            throw new SocketException(
                    "an earlier write to " + wire.remoteAddress() + " was cut in the middle");
        }
        if (shut) {
            throw new SocketException("the output to " + wire.remoteAddress() + " was shut down");
        }
    }

    private void writeWhole(ByteBuffer bytes) throws IOException, InterruptedException {
        int length = bytes.remaining();
        if (unsent.length() + length > BUFFER_BYTES) send(unsent::sendTo); // the last way out
        boolean moreInputIsHere = !unread.isEmpty();
        if (unsent.isEmpty() && !moreInputIsHere) wire.tryWrite(bytes);
        unsent.add(bytes);
        takenBytes += length;
        if (unsent.isEmpty()) return;
        if (moreInputIsHere) flushLaterOnce();
        else sendTaken();
    }

    /** Sends what a write has left; the write has taken effect, so an interrupt is for the next. */
    private void sendTaken() throws IOException {
        try {
            send(unsent::sendTo);
        } catch (InterruptedException e) {
            flushLaterOnce();
            Thread.currentThread().interrupt();
        } catch (ConnectionClosedException e) {
            // closed meanwhile by another thread, which sends the rest
        }
    }

    private void writeLarge(ByteBuffer bytes) throws IOException, InterruptedException {
        send(unsent::sendTo);
        int before = bytes.remaining();
        try {
            send(to -> {
                to.tryWrite(bytes);
                return !bytes.hasRemaining();
            });
        } finally {
            int sent = before - bytes.remaining();
            takenBytes += sent;
            broken = sent > 0 && bytes.hasRemaining();
        }
    }

    /** Hands over what the wire takes now; whether that was all. */
    private interface Sending {
        boolean sendTo(Wire wire) throws IOException;
    }

    /** Hands over until the wire has everything; an own close ends it. */
    private void send(Sending sending) throws IOException, InterruptedException {
        while (!sending.sendTo(wire)) {
            waiter = Thread.currentThread();
            try {
                wire.requireOpen();
                wire.awaitWritable();
                wire.requireOpen();
            } finally {
                waiter = null;
            }
        }
    }

    private void flushLaterOnce() {
        if (flushingLater) return;
        flushingLater = true;
        flusher.later(this);
    }

    /**
     * Before a wait for input: sends what can be sent; a peer that does not read, or has gone, is
     * no obstacle.
     */
    void flushWithoutWaiting() {
        if (unsent.isEmpty() || !lock.tryLock()) return; // whoever holds the lock sends
        try {
            if (!unsent.sendTo(wire)) flushLaterOnce();
        } catch (IOException e) {
            // the next write says so; what the peer sent before it went is still to be read
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void flushLater() {
        boolean sent = false;
        if (lock.tryLock()) {
            try {
                flushingLater = false;
                sent = unsent.sendTo(wire);
            } catch (IOException | RuntimeException e) {
                return; // lost, or a fault of its driver: the connection's next call says so
            } finally {
                lock.unlock();
            }
        }
        if (!sent) Thread.startVirtualThread(this::flushInBackground);
    }

    /** Waits for a peer that does not read, or for a write that holds the lock. */
    private void flushInBackground() {
        lock.lock();
        try {
            flushingLater = false;
            send(unsent::sendTo);
        } catch (IOException | InterruptedException e) {
            // closed, or lost: the connection's next call says so; nobody can interrupt this thread
        } finally {
            lock.unlock();
        }
    }

    void flush() throws IOException, InterruptedException {
        Task.checkCancelled();
        lock();
        try {
            requireUsable();
            send(unsent::sendTo);
        } finally {
            lock.unlock();
        }
    }

    void shutDown() throws IOException, InterruptedException {
        Task.checkCancelled();
        lock();
        try {
            wire.requireOpen();
            if (shut) return;
            requireUsable();
            send(unsent::sendTo);
            wire.shutdownOutput();
            shut = true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * For closing, after the wire has begun to: sends what is unsent and ends the output.
     *
     * @param bound how long to wait for a peer that does not read; a cancelled task does not wait
     * @return false if the peer cannot get all that was written
     */
    boolean finish(Duration bound) {
        lockForClosing();
        try {
            if (broken) return false;
            if (shut) return true;
            if (!unsent.sendTo(wire)) {
                Deadline.after(bound, flusher.clock()).run(this::sendWhileClosing);
            }
            wire.shutdownOutput();
            return shut = true;
        } catch (IOException | TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes the lock from whoever waits for room, who finds out that the connection is closed. It
     * is woken until it does: a lock inside the driver may use up a wake-up.
     */
    private void lockForClosing() {
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

    private void sendWhileClosing() throws IOException, InterruptedException {
        while (!unsent.sendTo(wire)) wire.awaitWritable();
    }

    /** What is unsent will never be sent. */
    void discard() {
        lockForClosing();
        try {
            broken |= !unsent.isEmpty();
            unsent.clear();
        } finally {
            lock.unlock();
        }
    }

    long takenBytes() {
        return takenBytes;
    }
}
