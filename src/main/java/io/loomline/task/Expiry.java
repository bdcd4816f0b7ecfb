package io.loomline.task;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A moment on a clock, which may be moved, and those who are to be told when it has come: one timer
 * for all of them, set while there is someone to tell.
 */
final class Expiry {
    /** Half a century: what is farther away gets no timer unless it is moved. */
    private static final long NEVER_NANOS = TimeUnit.DAYS.toNanos(18_250);

    private final Clock clock;

    /** A reading of the clock. Written under the lock. */
    private volatile long atNanos;

    private final ReentrantLock lock = new ReentrantLock();

    // guarded by the lock
    private @Nullable Entry newest;
    private Clock.@Nullable Timer timer;

    /** Someone to tell, with its neighbours in the list. */
    static final class Entry {
        private final Runnable onTime;
        private @Nullable Entry newer;
        private @Nullable Entry older;

        private Entry(Runnable onTime) {
            this.onTime = onTime;
        }
    }

    Expiry(Clock clock, Duration fromNow) {
        this.clock = clock;
        this.atNanos = clock.nanoTimeAfter(fromNow);
    }

    /** Negative, or zero, when the time has come. */
    long remainingNanos() {
        return atNanos - clock.nanoTime();
    }

    boolean isOver() {
        return remainingNanos() <= 0;
    }

    /**
     * Whom to tell, on the clock's thread, or here if it is time already. Once or more, and maybe
     * once too late, after it has left.
     */
    Entry enter(Runnable onTime) {
        var entry = new Entry(onTime);
        lock.lock();
        try {
            entry.older = newest;
            if (newest != null) newest.newer = entry;
            newest = entry;
            if (!isOver()) {
                if (timer == null) arm();
                if (!isOver()) return entry; // not moved before the timer was set
            }
        } catch (Throwable e) { // of the clock: nobody is inside
            remove(entry);
            throw e;
        } finally {
            lock.unlock();
        }
        onTime.run();
        return entry;
    }

    void leave(Entry entry) {
        lock.lock();
        try {
            remove(entry);
            if (newest == null) disarm();
        } finally {
            lock.unlock();
        }
    }

    private void remove(Entry entry) {
        if (entry.newer != null) entry.newer.older = entry.older;
        else newest = entry.older;
        if (entry.older != null) entry.older.newer = entry.newer;
    }

    void moveTo(Duration fromNow) {
        lock.lock();
        try {
            atNanos = clock.nanoTimeAfter(fromNow);
        } finally {
            lock.unlock();
        }
        tellIfOver();
    }

    private void tellIfOver() {
        List<Entry> told = new ArrayList<>();
        lock.lock();
        try {
            disarm();
            if (isOver()) {
                for (Entry each = newest; each != null; each = each.older) told.add(each);
            } else if (newest != null) {
                arm();
            }
        } finally {
            lock.unlock();
        }
        for (Entry each : told) tell(each);
    }

    /** Whatever one of them throws, the others are told. */
    private static void tell(Entry entry) {
        try {
            entry.onTime.run();
        } catch (Throwable e) {
            SafeLog.log("{} could not be cut", "code whose time had come", e);
        }
    }

    private void arm() {
        if (remainingNanos() > NEVER_NANOS) return;
        timer = clock.scheduleAt(atNanos, this::tellIfOver);
    }

    private void disarm() {
        Clock.Timer present = timer;
        timer = null;
        if (present == null) return;
        try {
            present.cancel();
        } catch (RuntimeException | Error e) {
            SafeLog.log("{} could not be taken back", "the timer of a deadline", e);
        }
    }
}
