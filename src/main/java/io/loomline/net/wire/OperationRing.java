package io.loomline.net.wire;

import io.loomline.stream.Operation;
import io.loomline.stream.Operation.Kind;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The last operations of a connection. It holds about 600 bytes.
 *
 * <p><i>Threads:</i> any.
 */
final class OperationRing {
    /** How many operations it keeps. */
    static final int SIZE = 16;

    /** Records nothing. Shared by the connections whose operations are not recorded. */
    static final OperationRing NONE = new OperationRing();

    private final ReentrantLock lock = new ReentrantLock();

    // guarded by the lock
    private final long[] atNanos = new long[SIZE];
    private final long[] bytes = new long[SIZE];
    private final int[] waitedMicros = new int[SIZE];
    private final Kind[] kinds = new Kind[SIZE];
    private final @Nullable String[] failures = new @Nullable String[SIZE];
    private int count;

    /** For how long each side has waited since its last operation. */
    private long readWaitNanos;

    private long writeWaitNanos;

    /** The time, for {@link #waited}; any value if nothing is recorded. */
    long nanoTime() {
        return this == NONE ? 0 : System.nanoTime();
    }

    /** Notes a wait for input or for room, before the operation that it was for. */
    void waited(boolean forInput, long sinceNanos) {
        if (this == NONE) return;
        long nanos = System.nanoTime() - sinceNanos;
        lock.lock();
        try {
            if (forInput) readWaitNanos += nanos;
            else writeWaitNanos += nanos;
        } finally {
            lock.unlock();
        }
    }

    /** Notes the result of a read: a number of bytes, or -1 at the end of the input. */
    void read(int moved) {
        assert moved >= -1 : "neither a number of bytes nor the end";
        if (moved != 0) add(moved < 0 ? Kind.INPUT_END : Kind.READ, Math.max(0, moved), null);
    }

    void wrote(long moved) {
        if (moved > 0) add(Kind.WRITE, moved, null);
    }

    void ended(Kind kind) {
        add(kind, 0, null);
    }

    void failed(Kind kind, Throwable e) {
        if (this != NONE) add(kind, 0, e.getClass().getSimpleName());
    }

    private void add(Kind kind, long moved, @Nullable String failure) {
        if (this == NONE) return;
        long now = System.nanoTime();
        lock.lock();
        try {
            int at = count++ % SIZE;
            atNanos[at] = now;
            bytes[at] = moved;
            waitedMicros[at] = takeWait(kind);
            kinds[at] = kind;
            failures[at] = failure;
            if (count == 2 * SIZE) count = SIZE; // stays small
        } finally {
            lock.unlock();
        }
    }

    private int takeWait(Kind kind) {
        long nanos = 0;
        if (kind == Kind.READ || kind == Kind.INPUT_END) {
            nanos = readWaitNanos;
            readWaitNanos = 0;
        } else if (kind == Kind.WRITE) {
            nanos = writeWaitNanos;
            writeWaitNanos = 0;
        }
        return (int) Math.min(Integer.MAX_VALUE, TimeUnit.NANOSECONDS.toMicros(nanos));
    }

    /** The operations, the oldest first. */
    List<Operation> list() {
        long now = System.nanoTime();
        lock.lock();
        try {
            int kept = Math.min(count, SIZE);
            List<Operation> all = new ArrayList<>(kept);
            for (int i = count - kept; i < count; i++) all.add(get(i % SIZE, now));
            return all;
        } finally {
            lock.unlock();
        }
    }

    private Operation get(int at, long now) {
        return new Operation(
                kinds[at],
                bytes[at],
                Duration.of(waitedMicros[at], ChronoUnit.MICROS),
                Duration.ofNanos(Math.max(0, now - atNanos[at])),
                failures[at]);
    }
}
