package io.loomline.observe.live;

import io.loomline.net.Connection;
import io.loomline.net.Connections;
import io.loomline.observe.TaskTree;
import io.loomline.observe.TreeNode;
import io.loomline.observe.TreeOptions;
import io.loomline.observe.live.ClientConnections.Client;
import io.loomline.server.ServedConnection;
import io.loomline.server.Server;
import io.loomline.stream.Operation;
import io.loomline.task.Task;
import io.loomline.task.TaskGroup;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
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
    private final WeakReference<Connections> connections;

    ObservedRuntime(
            TaskGroup root, Supplier<Map<TaskGroup, Server>> servers, Connections connections) {
        this.name = root.name();
        this.root = new WeakReference<>(root);
        this.servers = new WeakReference<>(servers);
        this.connections = new WeakReference<>(connections);
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

    /** The open connections that it has opened. */
    public List<Connection> clients() {
        Connections present = connections.get();
        return present == null ? List.of() : present.watched();
    }

    /** The root of its tree; empty if nothing of it is left. */
    Optional<TaskGroup> root() {
        return Optional.ofNullable(root.get());
    }

    /** A snapshot; empty if nothing of the runtime is left. */
    public Optional<TaskTree> tree(TreeOptions options) {
        return root().map(group -> TreeSnapshot.of(group, openServers(), clients(), options));
    }

    /** Sets whether the last operations of its connections are recorded. */
    public void recordOperations(boolean on) {
        Connections present = connections.get();
        if (present != null) present.record(on);
    }

    /** Sets how many bytes its connections may hold together. */
    public void maxHeldBytes(long bytes) {
        Connections present = connections.get();
        if (present != null) present.maxHeldBytes(bytes);
    }

    /** Whether the operations of new connections are recorded. */
    public boolean recordsOperations() {
        Connections present = connections.get();
        return present != null && present.isRecording();
    }

    /** Cancels a task. Returns false if it has ended or was cancelled before. */
    public boolean cancel(long taskId, String reason) {
        List<Task<?>> found = running(Set.of(taskId));
        return !found.isEmpty() && found.getFirst().cancel(reason);
    }

    /** The tasks with these ids that still run, with what each is in. */
    public List<TreeNode> tasks(Set<Long> ids) {
        return TreeSnapshot.of(running(ids), openServers(), clients());
    }

    /**
     * The last operations, by task, of the connections that these tasks serve, or else of those
     * whose peers they wait for; none unless they are recorded.
     */
    public Map<Long, List<Operation>> operations(Set<Long> ids) {
        var waiting = new ClientConnections(clients());
        Map<Long, List<Operation>> operations = new TreeMap<>();
        for (Server server : openServers().values()) {
            for (ServedConnection each : server.connections()) {
                long id = each.task().id();
                if (ids.contains(id)) operations.put(id, each.operations());
            }
        }
        for (Task<?> task : running(ids)) {
            Client client = waiting.of(TreeWalk.access().threadOf(task));
            boolean isServed = openServers().containsKey(task.group());
            if (client != null && !isServed) operations.put(task.id(), client.operations());
        }
        return operations;
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
