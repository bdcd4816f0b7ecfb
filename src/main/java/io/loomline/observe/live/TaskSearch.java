package io.loomline.observe.live;

import io.loomline.task.Task;
import io.loomline.task.TaskGroup;
import io.loomline.task.supervision.TreeAccess;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Finds running tasks by their ids.
 *
 * <p><i>Threads:</i> one thread uses it.
 */
final class TaskSearch {
    @SuppressWarnings("unchecked") // the task package knows no other groups and tasks
    private final TreeAccess<TaskGroup, Task<?>> access =
            (TreeAccess<TaskGroup, Task<?>>) TreeAccess.installed();

    private final Set<Long> ids;
    private final List<Task<?>> found = new ArrayList<>();

    TaskSearch(Set<Long> ids) {
        this.ids = ids;
    }

    /** Those in a group, and in the groups and tasks below it. */
    List<Task<?>> in(TaskGroup group) {
        visit(group);
        return found;
    }

    private void visit(TaskGroup group) {
        access.forEachTask(
                group,
                task -> {
                    if (ids.contains(task.id())) found.add(task);
                    access.forEachGroupOf(task, this::visit);
                });
        access.forEachGroup(group, this::visit);
    }
}
