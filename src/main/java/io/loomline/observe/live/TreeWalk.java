package io.loomline.observe.live;

import io.loomline.task.Task;
import io.loomline.task.TaskGroup;
import io.loomline.task.supervision.TreeAccess;

import java.util.function.Consumer;

/** Visits the tasks below a group. It takes no lock. */
final class TreeWalk {
    private TreeWalk() {}

    /** The access to groups and tasks, once there is a group. */
    @SuppressWarnings("unchecked") // the task package knows no other groups and tasks
    static TreeAccess<TaskGroup, Task<?>> access() {
        return (TreeAccess<TaskGroup, Task<?>>) TreeAccess.installed();
    }

    /** The number of tasks of a group, and of the groups and tasks below it. */
    static long count(TaskGroup group) {
        long[] count = {0};
        forEachTask(group, _ -> count[0]++);
        return count[0];
    }

    /** Visits the tasks of a group, and of the groups and tasks below it. */
    static void forEachTask(TaskGroup group, Consumer<Task<?>> visitor) {
        TreeAccess<TaskGroup, Task<?>> access = access();
        access.forEachTask(
                group,
                task -> {
                    visitor.accept(task);
                    access.forEachGroupOf(task, child -> forEachTask(child, visitor));
                });
        access.forEachGroup(group, child -> forEachTask(child, visitor));
    }
}
