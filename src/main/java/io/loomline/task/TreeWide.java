package io.loomline.task;

import java.util.List;

/**
 * What all groups and tasks of a tree have in common.
 *
 * @param clock the time that they wait by
 * @param carriers what starts of tasks take along
 * @param reminders who looks after those that were cancelled and do not end
 */
record TreeWide(Clock clock, List<ContextCarrier> carriers, Reminders reminders) {
    TreeWide(Clock clock, List<ContextCarrier> carriers) {
        this(clock, List.copyOf(carriers), new Reminders(clock));
    }
}
