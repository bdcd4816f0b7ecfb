package io.loomline.driver.memory;

import io.loomline.driver.Readiness;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One direction of a pair: a bounded queue of bytes with one writer and one reader. The array
 * exists only while the queue is not empty.
 *
 * <pre>
 *   OPEN ──writer ends────▶ ENDED: the reader gets the queued bytes, then the end ──▶ RESET
 *     ├────reader closes──▶ BROKEN: the writer gets "broken pipe"
 *     └────either resets──▶ RESET: the reader gets the queued bytes, then "connection reset"
 * </pre>
 */
final class MemoryPipe {
    private enum State {
        OPEN,
        ENDED,
        BROKEN,
        RESET
    }

    /** How much a pipe without capacity takes at once while its reader waits. */
    private static final int LOCK_STEP_BYTES = 64 * 1024;

    private final int capacityBytes;
    private final Readiness readable = new Readiness.ReadWait();
    private final Readiness writable = new Readiness.WriteWait();
    private final ReentrantLock lock = new ReentrantLock();

    // guarded by the lock
    private State state = State.OPEN;
    private byte @Nullable [] ring;
    private int head;
    private int count;

    /** Creates an open pipe. With a capacity of 0, it takes bytes only while the reader waits. */
    MemoryPipe(int capacityBytes) {
        if (capacityBytes < 0) {
            throw new IllegalArgumentException(
                    "capacityBytes " + capacityBytes + ": expected 0 or more");
        }
        this.capacityBytes = capacityBytes;
    }

    int tryRead(ByteBuffer target) throws IOException {
        lock.lock();
        try {
            if (count == 0) {
                return switch (state) {
                    case OPEN, BROKEN -> 0;
                    case ENDED -> -1;
                    case RESET -> throw new SocketException("Connection reset");
                };
            }
            int moved = take(target);
            writable.signal();
            return moved;
        } finally {
            lock.unlock();
        }
    }

    private int take(ByteBuffer target) {
        assert isConsistent() : count + " bytes from " + head;
        byte[] bytes = ring;
        int moved = Math.min(count, target.remaining());
        if (bytes == null || moved == 0) return 0;
        int beforeWrap = Math.min(moved, bytes.length - head);
        target.put(bytes, head, beforeWrap).put(bytes, 0, moved - beforeWrap);
        head = (head + moved) % bytes.length;
        count -= moved;
        if (count == 0) {
            ring = null;
            head = 0;
        }
        return moved;
    }

    int tryWrite(ByteBuffer source) throws IOException {
        lock.lock();
        try {
            switch (state) {
                case OPEN -> {}
                case ENDED -> throw new SocketException("the output was shut down");
                case BROKEN -> throw new SocketException("Broken pipe");
                case RESET -> throw new SocketException("Connection reset");
            }
            int moved = Math.min(source.remaining(), free());
            if (moved == 0) return 0;
            put(source, moved);
            readable.signal();
            return moved;
        } finally {
            lock.unlock();
        }
    }

    private int free() {
        if (capacityBytes > 0) return capacityBytes - count;
        return count == 0 && readable.isArmed() ? LOCK_STEP_BYTES : 0;
    }

    private void put(ByteBuffer source, int moved) {
        byte[] bytes = ringFor(count + moved);
        int tail = (head + count) % bytes.length;
        int beforeWrap = Math.min(moved, bytes.length - tail);
        source.get(bytes, tail, beforeWrap).get(bytes, 0, moved - beforeWrap);
        count += moved;
        assert isConsistent() : count + " bytes from " + head;
    }

    private byte[] ringFor(int needed) {
        byte[] bytes = ring;
        if (bytes == null) {
            bytes = new byte[needed];
        } else if (bytes.length < needed) {
            byte[] larger = new byte[Math.max(needed, Math.min(2 * bytes.length, capacityBytes))];
            int beforeWrap = Math.min(count, bytes.length - head);
            System.arraycopy(bytes, head, larger, 0, beforeWrap);
            System.arraycopy(bytes, 0, larger, beforeWrap, count - beforeWrap);
            bytes = larger;
            head = 0;
        }
        return ring = bytes;
    }

    private boolean isConsistent() {
        byte[] bytes = ring;
        if (bytes == null) return count == 0;
        return count > 0 && count <= bytes.length && head >= 0 && head < bytes.length;
    }

    void awaitReadable() throws InterruptedException {
        readable.arm();
        if (isReadable()) readable.disarm();
        else if (capacityBytes == 0)
            writable.signal(); // the pipe takes bytes while the reader waits
        readable.park();
    }

    private boolean isReadable() {
        lock.lock();
        try {
            return count > 0 || state != State.OPEN;
        } finally {
            lock.unlock();
        }
    }

    void awaitWritable() throws InterruptedException {
        writable.arm();
        if (isWritable()) writable.disarm();
        writable.park();
    }

    private boolean isWritable() {
        lock.lock();
        try {
            return free() > 0 || state != State.OPEN;
        } finally {
            lock.unlock();
        }
    }

    /** Ends the input of the reader. Called by the writer. */
    void end() {
        change(State.ENDED);
    }

    /** Makes further writes fail. Called by the reader. */
    void breakOff() {
        change(State.BROKEN);
    }

    void reset() {
        change(State.RESET);
    }

    private void change(State next) {
        lock.lock();
        try {
            boolean endedThenReset = state == State.ENDED && next == State.RESET;
            if (state == State.OPEN || endedThenReset) state = next;
            if (next == State.BROKEN) {
                ring = null;
                count = 0;
            }
        } finally {
            lock.unlock();
        }
        readable.signal();
        writable.signal();
    }
}
