package io.loomline.task;

import io.loomline.task.supervision.CancelWatchdog;
import io.loomline.task.supervision.KeepAlive;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * The objects that all groups and tasks of a tree share.
 *
 * @param clock the clock of all waits
 * @param carriers the context that new tasks inherit
 * @param keepAlive keeps the JVM alive while a task runs; null if the tree does not
 * @param watchdog interrupts cancelled code again until it ends
 */
record TreeContext(
        Clock clock,
        List<ContextCarrier> carriers,
        @Nullable KeepAlive keepAlive,
        CancelWatchdog<Scope> watchdog) {
    TreeContext(Clock clock, List<ContextCarrier> carriers, @Nullable KeepAlive keepAlive) {
        this(clock, List.copyOf(carriers), keepAlive, watchdogBy(clock));
    }

    static CancelWatchdog<Scope> watchdogBy(Clock clock) {
        return new CancelWatchdog<>(Scope.ACCESS, ClockSource.of(clock));
    }
}
