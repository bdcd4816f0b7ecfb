package io.loomline.net.write;

import io.loomline.task.Clock;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Sends bytes that stay in the buffers of connections, such as those of a task that has answered
 * and computes before it waits for input. All connections of a runtime share one flusher. It sends
 * bytes that two scans in succession find in the same buffer, so after about a millisecond.
 *
 * <p>Most writers send their bytes soon, so at any moment only running tasks have unsent bytes.
 * Therefore a few slots suffice: taking and freeing a slot costs next to nothing, and a scan meets
 * only outputs that keep their bytes. A writer that finds no free slot sends at once.
 */
public final class AutoFlusher {
    /** Bytes stay in a buffer for at most two of these intervals. */
    private static final Duration SCAN_INTERVAL = Duration.ofNanos(500_000);

    /** More than the threads that run at a time, yet cheap to scan; a power of two. */
    private static final int SLOTS = 64;

    /** The number of slots an output may use; the first one follows from its hash. */
    private static final int REACH = 4;

    /** An output that may have bytes in its buffer. */
    interface Unsent {
        boolean isEmpty();

        /** Records a scan. Returns whether the previous scan found the same bytes. */
        boolean recordScan();

        /** Starts a thread that sends the bytes. */
        void sendInBackground();

        /** No scan will come, unless the output is watched again. */
        void forget();
    }

    /**
     * Whether a scan is scheduled, and whether it must be followed by another.
     *
     * <pre>
     *   idle ──an output enters──▶ requested ──a scan──▶ scanning ──it found none──▶ idle
     *                                 ▲                    │  ▲ │
     *                                 └──an output enters──┘  └─┘ a scan that found an output
     * </pre>
     */
    private enum State {
        IDLE,
        REQUESTED,
        SCANNING
    }

    private final Clock clock;
    private final AtomicReferenceArray<@Nullable Unsent> slots = new AtomicReferenceArray<>(SLOTS);
    private final AtomicReference<State> state = new AtomicReference<>(State.IDLE);

    public AutoFlusher(Clock clock) {
        this.clock = clock;
    }

    Clock clock() {
        return clock;
    }

    /**
     * Includes an output in further scans.
     *
     * @return false if there is no free slot for it
     */
    boolean watch(Unsent output) {
        if (slotWith(output, output) < 0 && !enter(output)) return false;
        if (state.get() != State.REQUESTED && state.getAndSet(State.REQUESTED) == State.IDLE) {
            scheduleScan();
        }
        return true;
    }

    /** Excludes an output from further scans. */
    void unwatch(Unsent output) {
        int slot = slotWith(output, output);
        if (slot >= 0) slots.compareAndSet(slot, output, null);
    }

    private boolean enter(Unsent output) {
        int slot;
        while ((slot = slotWith(output, null)) >= 0) {
            if (slots.compareAndSet(slot, null, output)) return true;
        }
        return false;
    }

    /** The first of an output's slots with the given content; -1 if there is none. */
    private int slotWith(Unsent output, @Nullable Unsent content) {
        int first = System.identityHashCode(output);
        for (int i = 0; i < REACH; i++) {
            int slot = (first + i) & (SLOTS - 1);
            if (slots.get(slot) == content) return slot;
        }
        return -1;
    }

    private void scheduleScan() {
        try {
            var _ = clock.schedule(SCAN_INTERVAL, this::scan);
        } catch (Throwable e) { // such as a lack of memory: the next output tries again
            state.set(State.IDLE);
            for (int slot = 0; slot < SLOTS; slot++) {
                Unsent output = slots.get(slot);
                if (output != null) output.forget();
            }
            throw e;
        }
    }

    private void scan() {
        state.set(State.SCANNING);
        boolean again = true;
        try {
            again = keepsAny();
        } finally {
            if (again || !state.compareAndSet(State.SCANNING, State.IDLE)) scheduleScan();
        }
    }

    /** Scans the slots. Returns whether any output keeps its slot. */
    private boolean keepsAny() {
        boolean any = false;
        for (int slot = 0; slot < SLOTS; slot++) {
            Unsent output = slots.get(slot);
            if (output != null) any |= keeps(output, slot);
        }
        return any;
    }

    private boolean keeps(Unsent output, int slot) {
        if (!output.isEmpty() && !output.recordScan()) return true;
        slots.compareAndSet(slot, output, null);
        // checked again: a writer may have added bytes after it saw that its output had a slot
        if (!output.isEmpty()) output.sendInBackground();
        return false;
    }
}
