package io.loomline.task.supervision;

import io.loomline.concurrent.Threads;
import io.loomline.log.Loggers;
import io.loomline.log.SafeLog;
import io.loomline.task.supervision.RunningThread.Deaf;
import io.loomline.timer.EarliestTimer;

import org.slf4j.Logger;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongSupplier;

/**
 * Reminds those who were cancelled and have not ended: interrupts them again at growing intervals,
 * because code may swallow one interrupt, and says once, with a stack, who does not listen at all.
 */
public final class CancelWatchdog {
    private static final Logger LOG = Loggers.of(CancelWatchdog.class);

    private static final long FIRST_NANOS = Duration.ofMillis(100).toNanos();
    private static final long LONGEST_NANOS = Duration.ofSeconds(5).toNanos();
    private static final long WARN_AFTER_NANOS = Duration.ofSeconds(10).toNanos();

    /** So many stacks show what is wrong. */
    private static final int MOST_WARNINGS = 16;

    private final LongSupplier nanoTime;
    private final ConcurrentMap<Cancellable, Reminder> watched = new ConcurrentHashMap<>();

    /** Set while a scope is watched. */
    private final EarliestTimer timer;

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

    public CancelWatchdog(LongSupplier nanoTime, EarliestTimer.Source source) {
        this.nanoTime = nanoTime;
        this.timer = new EarliestTimer(source, () -> !watched.isEmpty(), this::remindAll);
    }

    /**
     * Reminds a scope from now on, until nothing runs in it or it is forgotten. Never throws: a
     * clock that fails must not stop a cancel.
     */
    public void watch(Cancellable scope) {
        try {
            watched.put(scope, new Reminder(nanoTime.getAsLong()));
            if (scope.isQuiet().getAsBoolean())
                forget(scope); // it may have ended before it could be forgotten
            else timer.cover(nanoTime.getAsLong() + FIRST_NANOS);
        } catch (Throwable e) {
            SafeLog.log("{} is not reminded that it was cancelled", scope, e);
        }
    }

    /** Stops reminding a scope. */
    public void forget(Cancellable scope) {
        if (watched.remove(scope) != null && watched.isEmpty()) timer.clearIfUnneeded();
    }

    private void remindAll() {
        long now = nanoTime.getAsLong();
        long soonestNanos = LONGEST_NANOS;
        try {
            for (var each : watched.entrySet()) {
                Cancellable scope = each.getKey();
                if (scope.isQuiet().getAsBoolean()) watched.remove(scope);
                else soonestNanos = Math.min(soonestNanos, tryRemind(scope, each.getValue(), now));
            }
        } finally {
            timer.cover(nanoTime.getAsLong() + soonestNanos);
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
            scope.wake().run();
            ExitWatchdog.lookAfter(scope);
            reminder.intervalNanos = Math.min(2 * reminder.intervalNanos, LONGEST_NANOS);
            reminder.dueNanos = now + reminder.intervalNanos;
        }
        long untilDue = reminder.dueNanos - now;
        long untilOverdue = reminder.sinceNanos + WARN_AFTER_NANOS - now;
        if (untilOverdue > 0) return Math.min(untilDue, untilOverdue);
        if (due || !reminder.overdue) {
            // the clock's thread must not do I/O
            var _ = Threads.startVirtual(() -> warn(scope));
        }
        reminder.overdue = true;
        return untilDue;
    }

    /** Names those who were not named before: a shield may have kept some from listening. */
    private static void warn(Cancellable scope) {
        List<Deaf> deaf = new ArrayList<>();
        scope.visit()
                .accept(runner -> {
                    Deaf found = runner.deaf().get();
                    if (found != null) deaf.add(found);
                });
        deaf.stream().limit(MOST_WARNINGS).forEach(CancelWatchdog::warn);
        if (deaf.size() > MOST_WARNINGS) {
            LOG.warn("and {} more in {}", deaf.size() - MOST_WARNINGS, scope);
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
