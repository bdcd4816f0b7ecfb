package io.loomline.task.supervision;

import io.loomline.concurrent.Threads;
import io.loomline.log.LogText;
import io.loomline.log.Loggers;
import io.loomline.log.SafeLog;
import io.loomline.task.supervision.RunningThread.Unresponsive;
import io.loomline.timer.EarliestTimer;
import io.loomline.timer.TimeSource;

import org.slf4j.Logger;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Watches cancelled scopes that have not ended. It interrupts their threads again at growing
 * intervals, because code may swallow one interrupt, and logs one warning, with a stack, for each
 * thread that is still running after ten seconds.
 *
 * @param <S> the type of the scopes
 */
public final class CancelWatchdog<S> {
    private static final Logger LOG = Loggers.of(CancelWatchdog.class);

    private static final long FIRST_NANOS = Duration.ofMillis(100).toNanos();
    private static final long LONGEST_NANOS = Duration.ofSeconds(5).toNanos();
    private static final long WARN_AFTER_NANOS = Duration.ofSeconds(10).toNanos();

    /** For one scope at a time: 16 stacks are enough to find the fault. */
    private static final int MOST_WARNINGS = 16;

    private final ScopeAccess<S> access;
    private final TimeSource source;
    private final ConcurrentMap<S, Schedule> watched = new ConcurrentHashMap<>();

    /** Set while a scope is watched. */
    private final EarliestTimer timer;

    /** When one scope is interrupted next. Used only by the thread that runs the timer. */
    private static final class Schedule {
        final long sinceNanos;
        long intervalNanos = FIRST_NANOS;
        long dueNanos;
        boolean overdue;

        Schedule(long nowNanos) {
            sinceNanos = nowNanos;
            dueNanos = nowNanos + FIRST_NANOS;
        }
    }

    public CancelWatchdog(ScopeAccess<S> access, TimeSource source) {
        this.access = access;
        this.source = source;
        this.timer = new EarliestTimer(source, () -> !watched.isEmpty(), this::interruptAll);
    }

    /**
     * Watches a scope until it has ended or {@link #unwatch} is called. Never throws: a failing
     * clock must not stop a cancel.
     */
    public void watch(S scope) {
        try {
            watched.put(scope, new Schedule(source.nanoTime()));
            // the scope may have ended, and called unwatch, before the put
            if (access.hasEnded(scope)) unwatch(scope);
            else timer.cover(source.nanoTime() + FIRST_NANOS);
        } catch (Throwable e) {
            SafeLog.log("{} is cancelled, but will not be interrupted again", scope, e);
        }
    }

    /** Stops watching a scope. */
    public void unwatch(S scope) {
        if (watched.remove(scope) != null && watched.isEmpty()) timer.clearIfUnneeded();
    }

    private void interruptAll() {
        long now = source.nanoTime();
        long soonestNanos = LONGEST_NANOS;
        try {
            for (var each : watched.entrySet()) {
                S scope = each.getKey();
                if (access.hasEnded(scope)) watched.remove(scope);
                else
                    soonestNanos =
                            Math.min(soonestNanos, tryInterrupt(scope, each.getValue(), now));
            }
        } finally {
            timer.cover(source.nanoTime() + soonestNanos);
        }
    }

    /** A failure in one scope does not keep the others from being interrupted. */
    private long tryInterrupt(S scope, Schedule schedule, long now) {
        try {
            return interruptIfDue(scope, schedule, now);
        } catch (Throwable e) {
            SafeLog.log("{} is cancelled, but could not be interrupted again", scope, e);
            return LONGEST_NANOS;
        }
    }

    /** Returns the nanoseconds until the scope needs attention again. */
    private long interruptIfDue(S scope, Schedule schedule, long now) {
        boolean due = now - schedule.dueNanos >= 0;
        if (due) {
            access.wake(scope);
            ExitWatchdog.watch(scope, access);
            schedule.intervalNanos = Math.min(2 * schedule.intervalNanos, LONGEST_NANOS);
            schedule.dueNanos = now + schedule.intervalNanos;
        }
        long untilDue = schedule.dueNanos - now;
        long untilOverdue = schedule.sinceNanos + WARN_AFTER_NANOS - now;
        if (untilOverdue > 0) return Math.min(untilDue, untilOverdue);
        if (due || !schedule.overdue) {
            // the clock's thread must not do I/O
            var _ = Threads.startVirtual(() -> warn(scope));
        }
        schedule.overdue = true;
        return untilDue;
    }

    /** Warns of the threads that no earlier warning named, such as those behind a shield then. */
    private void warn(S scope) {
        List<Unresponsive> found = new ArrayList<>();
        access.forEachThread(
                scope,
                running -> {
                    Unresponsive unresponsive = running.unresponsive().get();
                    if (unresponsive != null) found.add(unresponsive);
                });
        found.stream().limit(MOST_WARNINGS).forEach(CancelWatchdog::warn);
        if (found.size() > MOST_WARNINGS) {
            LOG.warn(
                    "and {} more in {}",
                    found.size() - MOST_WARNINGS,
                    LogText.of(access.label(scope)));
        }
    }

    private static void warn(Unresponsive unresponsive) {
        var stack = new Throwable("its current stack");
        stack.setStackTrace(unresponsive.thread().getStackTrace());
        LOG.warn(
                "{} was cancelled {} s ago ({}) and has not ended",
                LogText.of(unresponsive.label()),
                Duration.ofNanos(WARN_AFTER_NANOS).toSeconds(),
                LogText.of(unresponsive.reason()),
                stack);
    }
}
