package io.loomline.task;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * What all groups and tasks of a tree have in common.
 *
 * @param clock the time that they wait by
 * @param carriers what starts of tasks take along
 * @param keepAlive keeps the JVM alive while there are tasks; null if nothing does
 * @param reminders who looks after those that were cancelled and do not end
 */
record TreeContext(
        Clock clock,
        List<ContextCarrier> carriers,
        @Nullable KeepAlive keepAlive,
        CancelWatchdog reminders) {
    TreeContext(Clock clock, List<ContextCarrier> carriers, @Nullable KeepAlive keepAlive) {
        this(clock, List.copyOf(carriers), keepAlive, new CancelWatchdog(clock));
    }
}
