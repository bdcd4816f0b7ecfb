package io.loomline.timer;

import io.loomline.log.SafeLog;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A time that can be moved, and the actions to run when it comes. One timer serves all actions; it
 * is set while there is an action.
 *
 * <p><i>Threads:</i> every method may be called from any thread.
 */
public final class Expiry {
    /** Half a century. A time further away gets no timer until it is moved. */
    private static final long NEVER_NANOS = TimeUnit.DAYS.toNanos(18_250);

    private final TimeSource source;
    private final EarliestTimer timer;

    /** A reading of the clock. Written under the lock. */
    private volatile long atNanos;

    private final ReentrantLock lock = new ReentrantLock();

    /** Guarded by the lock. */
    private @Nullable Entry newest;

    /** An action, linked with its neighbours in the list. */
    public static final class Entry {
        private final Runnable onTime;
        private @Nullable Entry newer;
        private @Nullable Entry older;

        private Entry(Runnable onTime) {
            this.onTime = onTime;
        }
    }

    public Expiry(TimeSource source, long atNanos) {
        this.source = source;
        this.timer = new EarliestTimer(source, () -> newest != null, this::expire, lock);
        this.atNanos = atNanos;
    }

    /** The time left; negative or zero once the time has come. */
    public long remainingNanos() {
        return atNanos - source.nanoTime();
    }

    public boolean isExpired() {
        return remainingNanos() <= 0;
    }

    /**
     * Adds an action. It runs on the clock's thread, or here if the time has come already. It may
     * run more than once, and once after {@link #leave}.
     */
    public Entry enter(Runnable onTime) {
        var entry = new Entry(onTime);
        lock.lock();
        try {
            entry.older = newest;
            if (newest != null) newest.newer = entry;
            newest = entry;
            if (!isExpired()) {
                setTimer();
                if (!isExpired()) return entry; // the clock was not moved before the timer was set
            }
        } catch (Throwable e) { // thrown by the clock: the caller does not enter
            remove(entry);
            throw e;
        } finally {
            lock.unlock();
        }
        onTime.run();
        return entry;
    }

    /** Removes an action. */
    public void leave(Entry entry) {
        lock.lock();
        try {
            remove(entry);
            if (newest == null) timer.clear();
        } finally {
            lock.unlock();
        }
    }

    private void remove(Entry entry) {
        assert lock.isHeldByCurrentThread();
        assert (entry.newer == null ? newest : entry.newer.older) == entry
                : "linked from the newer";
        assert entry.older == null || entry.older.newer == entry : "linked from the older";
        if (entry.newer != null) entry.newer.older = entry.older;
        else newest = entry.older;
        if (entry.older != null) entry.older.newer = entry.newer;
    }

    /** Moves the time. */
    public void moveTo(long newNanos) {
        lock.lock();
        try {
            atNanos = newNanos;
        } finally {
            lock.unlock();
        }
        expire();
    }

    private void expire() {
        List<Entry> due = new ArrayList<>();
        lock.lock();
        try {
            timer.clear();
            if (isExpired()) {
                for (Entry each = newest; each != null; each = each.older) due.add(each);
            } else if (newest != null) {
                setTimer();
            }
        } finally {
            lock.unlock();
        }
        for (Entry each : due) run(each);
    }

    /** A failure of one action does not keep the others from running. */
    private static void run(Entry entry) {
        try {
            entry.onTime.run();
        } catch (Throwable e) {
            SafeLog.log("{} failed", "the action of a deadline", e);
        }
    }

    private void setTimer() {
        if (remainingNanos() <= NEVER_NANOS) timer.cover(atNanos);
    }
}
