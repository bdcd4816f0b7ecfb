package io.loomline.task;

import io.loomline.log.Loggers;
import io.loomline.task.RunningThread.Deaf;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Reminds those who were cancelled and have not ended: interrupts them again at growing intervals,
 * because code may swallow one interrupt, and says once, with a stack, who does not listen at all.
 */
final class CancelWatchdog {
    private static final Logger LOG = Loggers.of(CancelWatchdog.class);

    private static final long FIRST_NANOS = Duration.ofMillis(100).toNanos();
    private static final long LONGEST_NANOS = Duration.ofSeconds(5).toNanos();
    private static final long WARN_AFTER_NANOS = Duration.ofSeconds(10).toNanos();

    /** So many stacks show what is wrong. */
    private static final int MOST_WARNINGS = 16;

    /** For threads that belong to no tree. */
    static final CancelWatchdog OF_SYSTEM = new CancelWatchdog(SystemClock.INSTANCE);

    private final Clock clock;
    private final ConcurrentMap<Cancellable, Reminder> watched = new ConcurrentHashMap<>();
    private final ReentrantLock lock = new ReentrantLock();

    /** The timer that is set; present while someone is watched. Guarded by the lock. */
    private @Nullable Tick next;

    /** Used by one thread at a time, the one that runs the timer. */
    private static final class Reminder {
        final long sinceNanos;
        long intervalNanos = FIRST_NANOS;
        long dueNanos;
        boolean overdue;

        Reminder(long nowNanos) {
            sinceNanos = nowNanos;
            dueNanos = nowNanos + FIRST_NANOS;
        }
    }

    /** One setting of the timer. */
    private record Tick(long atNanos, Clock.Timer timer) {}

    CancelWatchdog(Clock clock) {
        this.clock = clock;
    }

    /**
     * From now on the scope is reminded, until nothing runs in it or it is forgotten. Whatever a
     * clock throws, a cancel goes on.
     */
    void watch(Cancellable scope) {
        try {
            watched.put(scope, new Reminder(clock.nanoTime()));
            if (scope.isQuiet()) forget(scope); // it may have ended before it could be forgotten
            else arm(FIRST_NANOS);
        } catch (Throwable e) {
            SafeLog.log("{} is not reminded that it was cancelled", scope, e);
        }
    }

    void forget(Cancellable scope) {
        if (watched.remove(scope) == null || !watched.isEmpty()) return;
        lock.lock();
        try {
            if (next != null && watched.isEmpty()) disarm(next);
        } catch (Throwable e) {
            SafeLog.log("the timer that reminded {} could not be taken back", scope, e);
        } finally {
            lock.unlock();
        }
    }

    private void disarm(Tick tick) {
        next = null; // first: where a clock throws, it is not asked again
        tick.timer().cancel();
    }

    /** Sets the timer, unless it is set for an earlier time. */
    private void arm(long delayNanos) {
        lock.lock();
        try {
            if (watched.isEmpty()) return;
            long atNanos = clock.nanoTime() + delayNanos;
            if (next != null && next.atNanos() - atNanos <= 0) return;
            if (next != null) disarm(next);
            next = new Tick(atNanos, clock.scheduleAt(atNanos, () -> remind(atNanos)));
        } finally {
            lock.unlock();
        }
    }

    private void remind(long atNanos) {
        lock.lock();
        try {
            if (next == null || next.atNanos() != atNanos) return; // cancelled, but too late
            next = null;
        } finally {
            lock.unlock();
        }
        long now = clock.nanoTime();
        long soonestNanos = LONGEST_NANOS;
        try {
            for (var each : watched.entrySet()) {
                Cancellable scope = each.getKey();
                if (scope.isQuiet()) watched.remove(scope);
                else soonestNanos = Math.min(soonestNanos, tryRemind(scope, each.getValue(), now));
            }
        } finally {
            arm(soonestNanos);
        }
    }

    /** Where one cannot be reminded, the others are. */
    private static long tryRemind(Cancellable scope, Reminder reminder, long now) {
        try {
            return remind(scope, reminder, now);
        } catch (Throwable e) {
            SafeLog.log("{} could not be reminded that it was cancelled", scope, e);
            return LONGEST_NANOS;
        }
    }

    /** Reminds one if it is time; in how many nanoseconds it is time again. */
    private static long remind(Cancellable scope, Reminder reminder, long now) {
        boolean due = now - reminder.dueNanos >= 0;
        if (due) {
            scope.wake();
            ExitWatchdog.lookAfter(scope);
            reminder.intervalNanos = Math.min(2 * reminder.intervalNanos, LONGEST_NANOS);
            reminder.dueNanos = now + reminder.intervalNanos;
        }
        long untilDue = reminder.dueNanos - now;
        long untilOverdue = reminder.sinceNanos + WARN_AFTER_NANOS - now;
        if (untilOverdue > 0) return Math.min(untilDue, untilOverdue);
        if (due || !reminder.overdue) {
            // a clock's thread must not do I/O
            Thread.ofVirtual().inheritInheritableThreadLocals(false).start(() -> warn(scope));
        }
        reminder.overdue = true;
        return untilDue;
    }

    /** Names those who were not named before: a shield may have kept some from listening. */
    private static void warn(Cancellable scope) {
        List<Deaf> deaf = new ArrayList<>();
        scope.visit(runner -> {
            Deaf found = runner.deaf().get();
            if (found != null) deaf.add(found);
        });
        deaf.stream().limit(MOST_WARNINGS).forEach(CancelWatchdog::warn);
        if (deaf.size() > MOST_WARNINGS) {
            LOG.warn("and {} more in {}", deaf.size() - MOST_WARNINGS, scope.label());
        }
    }

    private static void warn(Deaf deaf) {
        var stack = new Throwable("where it is");
        stack.setStackTrace(deaf.thread().getStackTrace());
        LOG.warn(
                "{} was cancelled {} s ago ({}) and has not ended",
                deaf.label(),
                Duration.ofNanos(WARN_AFTER_NANOS).toSeconds(),
                deaf.reason(),
                stack);
    }
}
