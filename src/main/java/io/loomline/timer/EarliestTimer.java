package io.loomline.timer;

import io.loomline.log.SafeLog;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * One timer for many times. It is set for the earliest of them, and only while it is needed.
 *
 * <pre>
 *   clear ◀──time comes, clear──▶ set ──an earlier time──▶ set anew
 * </pre>
 *
 * <p><i>Threads:</i> every method may be called from any thread.
 */
public final class EarliestTimer {
    private final TimeSource source;
    private final BooleanSupplier needed;
    private final Runnable onTime;
    private final ReentrantLock lock;

    /** Null while the timer is clear. Written under the lock, read by any thread. */
    private volatile @Nullable Setting setting;

    private record Setting(long atNanos, Runnable cancel) {}

    /**
     * A timer that is clear.
     *
     * @param source the clock
     * @param needed whether anything waits for the timer; called under its lock
     * @param onTime runs on the clock's thread when the earliest time comes; the timer is clear
     *     then
     */
    public EarliestTimer(TimeSource source, BooleanSupplier needed, Runnable onTime) {
        this(source, needed, onTime, new ReentrantLock());
    }

    /** A timer that is clear, under the lock of its owner, which also guards its need. */
    EarliestTimer(TimeSource source, BooleanSupplier needed, Runnable onTime, ReentrantLock lock) {
        this.source = source;
        this.needed = needed;
        this.onTime = onTime;
        this.lock = lock;
    }

    /** Whether the timer is set for a time or an earlier one. */
    public boolean covers(long atNanos) {
        Setting present = setting;
        return present != null && present.atNanos() - atNanos <= 0;
    }

    /** Sets the timer for a time, unless it is set for an earlier one or is not needed. */
    public void cover(long atNanos) {
        lock.lock();
        try {
            if (covers(atNanos) || !needed.getAsBoolean()) return;
            Setting before = setting;
            assert before == null || atNanos - before.atNanos() < 0 : "only moves to earlier times";
            // set first: if the clock throws, the timer stays set for the later time
            setting = new Setting(atNanos, source.scheduleAt(atNanos, () -> expire(atNanos)));
            if (before != null) cancel(before);
            assert covers(atNanos) : "set for the time, or for an earlier one";
        } finally {
            lock.unlock();
        }
    }

    /** Clears the timer if nothing waits for it. */
    public void clearIfUnneeded() {
        lock.lock();
        try {
            Setting before = setting;
            if (before == null) return;
            setting = null; // first: a thread that begins to wait from here on sets the timer anew
            if (needed.getAsBoolean()) setting = before;
            else cancel(before);
        } finally {
            lock.unlock();
        }
    }

    /** Clears the timer. */
    public void clear() {
        if (setting == null) return;
        lock.lock();
        try {
            Setting before = setting;
            setting = null;
            if (before != null) cancel(before);
        } finally {
            lock.unlock();
        }
    }

    /** A timer that could not be cancelled finds another setting, or none, when it expires. */
    private static void cancel(Setting setting) {
        try {
            setting.cancel().run();
        } catch (RuntimeException | Error e) {
            SafeLog.log("{} could not be cancelled", "a timer", e);
        }
    }

    private void expire(long atNanos) {
        lock.lock();
        try {
            if (setting == null || setting.atNanos() != atNanos) return; // cancelled too late
            setting = null;
        } finally {
            lock.unlock();
        }
        onTime.run();
    }
}
