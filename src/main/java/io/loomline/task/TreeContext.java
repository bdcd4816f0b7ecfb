package io.loomline.task;

import io.loomline.task.supervision.CancelWatchdog;
import io.loomline.task.supervision.KeepAlive;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * What all groups and tasks of a tree have in common.
 *
 * @param clock the time that they wait by
 * @param carriers what starts of tasks take along
 * @param keepAlive keeps the JVM alive while there are tasks; null if nothing does
 * @param watchdog reminds cancelled code that does not end
 */
record TreeContext(
        Clock clock,
        List<ContextCarrier> carriers,
        @Nullable KeepAlive keepAlive,
        CancelWatchdog watchdog) {
    TreeContext(Clock clock, List<ContextCarrier> carriers, @Nullable KeepAlive keepAlive) {
        this(clock, List.copyOf(carriers), keepAlive, watchdogBy(clock));
    }

    static CancelWatchdog watchdogBy(Clock clock) {
        return new CancelWatchdog(
                clock::nanoTime, (atNanos, action) -> clock.scheduleAt(atNanos, action)::cancel);
    }
}
