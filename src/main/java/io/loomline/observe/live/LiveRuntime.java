package io.loomline.observe.live;

import io.loomline.observe.TaskTree;
import io.loomline.observe.TreeNode;
import io.loomline.observe.TreeOptions;
import io.loomline.server.Server;
import io.loomline.task.Task;
import io.loomline.task.TaskGroup;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * One runtime, as an observer sees it.
 *
 * <p><i>Threads:</i> every method may be called from any thread.
 */
public final class LiveRuntime {
    private final TaskGroup root;
    private final Supplier<Map<TaskGroup, Server>> servers;

    /** Keeps the runtime's tasks and servers reachable. */
    public LiveRuntime(TaskGroup root, Supplier<Map<TaskGroup, Server>> servers) {
        this.root = root;
        this.servers = servers;
    }

    /** The runtime's name. */
    public String name() {
        return root.name();
    }

    /** A snapshot of everything. */
    public TaskTree tree(TreeOptions options) {
        return TreeSnapshot.of(root, servers.get(), options);
    }

    /** The tasks with these ids that still run, with what each is in. */
    public List<TreeNode> tasks(Set<Long> ids) {
        return TreeSnapshot.of(new TaskSearch(ids).in(root), servers.get());
    }

    /** The servers that are not closed. */
    public List<Server> servers() {
        return List.copyOf(servers.get().values());
    }

    /**
     * Asks a task to end.
     *
     * @return false if no such task runs, or it was cancelled before
     */
    public boolean cancel(long id, String reason) {
        List<Task<?>> found = new TaskSearch(Set.of(id)).in(root);
        return !found.isEmpty() && found.getFirst().cancel(reason);
    }
}
