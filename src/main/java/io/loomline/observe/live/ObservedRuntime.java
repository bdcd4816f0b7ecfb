package io.loomline.observe.live;

import io.loomline.observe.TaskTree;
import io.loomline.observe.TreeOptions;
import io.loomline.server.Server;
import io.loomline.task.Task;
import io.loomline.task.TaskGroup;
import io.loomline.task.supervision.TreeAccess;

import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What leads to the tree of a runtime. Its tasks and its servers keep it alive, which need not keep
 * the runtime itself alive.
 *
 * <p><i>Threads:</i> any.
 */
public final class ObservedRuntime {
    private final String name;
    private final WeakReference<TaskGroup> root;
    private final WeakReference<Supplier<Map<TaskGroup, Server>>> servers;
    private final WeakReference<Consumer<Boolean>> recordOperations;

    ObservedRuntime(
            TaskGroup root,
            Supplier<Map<TaskGroup, Server>> servers,
            Consumer<Boolean> recordOperations) {
        this.name = root.name();
        this.root = new WeakReference<>(root);
        this.servers = new WeakReference<>(servers);
        this.recordOperations = new WeakReference<>(recordOperations);
    }

    public String name() {
        return name;
    }

    /** Whether nothing of the runtime is reachable. */
    boolean isGone() {
        return root.refersTo(null);
    }

    public Map<TaskGroup, Server> openServers() {
        Supplier<Map<TaskGroup, Server>> present = servers.get();
        return present == null ? Map.of() : present.get();
    }

    /** The root of its tree; empty if nothing of it is left. */
    Optional<TaskGroup> root() {
        return Optional.ofNullable(root.get());
    }

    /** A snapshot; empty if nothing of the runtime is left. */
    public Optional<TaskTree> tree(TreeOptions options) {
        return root().map(group -> TreeSnapshot.of(group, openServers(), options));
    }

    /**
     * Sets whether the last operations of its connections are recorded. Without effect if the
     * runtime itself is not reachable any more.
     */
    public void recordOperations(boolean on) {
        Consumer<Boolean> present = recordOperations.get();
        if (present != null) present.accept(on);
    }

    /** Cancels a task. Returns false if it has ended or was cancelled before. */
    public boolean cancel(long taskId, String reason) {
        TaskGroup group = root.get();
        return group != null && new TaskSearch(taskId, reason).in(group);
    }

    /** Looks for a task, and cancels it. */
    private static final class TaskSearch {
        @SuppressWarnings("unchecked") // the task package knows no other groups and tasks
        private final TreeAccess<TaskGroup, Task<?>> access =
                (TreeAccess<TaskGroup, Task<?>>) TreeAccess.installed();

        private final long taskId;
        private final String reason;
        private boolean cancelled;

        TaskSearch(long taskId, String reason) {
            this.taskId = taskId;
            this.reason = reason;
        }

        boolean in(TaskGroup group) {
            access.forEachTask(
                    group,
                    task -> {
                        if (task.id() == taskId) cancelled |= task.cancel(reason);
                        access.forEachGroupOf(task, this::in);
                    });
            access.forEachGroup(group, this::in);
            return cancelled;
        }
    }
}
