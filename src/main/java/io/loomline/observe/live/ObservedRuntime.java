package io.loomline.observe.live;

import io.loomline.observe.TaskTree;
import io.loomline.observe.TreeNode;
import io.loomline.observe.TreeOptions;
import io.loomline.server.Server;
import io.loomline.task.Task;
import io.loomline.task.TaskGroup;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
        List<Task<?>> found = running(Set.of(taskId));
        return !found.isEmpty() && found.getFirst().cancel(reason);
    }

    /** The tasks with these ids that still run, with what each is in. */
    public List<TreeNode> tasks(Set<Long> ids) {
        return TreeSnapshot.of(running(ids), openServers());
    }

    private List<Task<?>> running(Set<Long> ids) {
        List<Task<?>> found = new ArrayList<>();
        TaskGroup group = root.get();
        if (group == null) return found;
        TreeWalk.forEachTask(
                group,
                task -> {
                    if (ids.contains(task.id())) found.add(task);
                });
        return found;
    }
}
