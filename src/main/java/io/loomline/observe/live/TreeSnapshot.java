package io.loomline.observe.live;

import io.loomline.concurrent.WaitPoint;
import io.loomline.net.Connection;
import io.loomline.observe.NodeKind;
import io.loomline.observe.NodeState;
import io.loomline.observe.TaskTree;
import io.loomline.observe.Traffic;
import io.loomline.observe.TreeNode;
import io.loomline.observe.TreeOptions;
import io.loomline.observe.live.ClientConnections.Client;
import io.loomline.server.ServedConnection;
import io.loomline.server.Server;
import io.loomline.task.Task;
import io.loomline.task.TaskGroup;
import io.loomline.task.supervision.TimedSection;
import io.loomline.task.supervision.TreeAccess;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Takes one snapshot of a tree. It takes no lock and stops no task.
 *
 * <p><i>Threads:</i> one thread uses it.
 */
final class TreeSnapshot {
    private static final int MOST_LOOKS = 4;
    private static final long PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(200);

    private final TreeAccess<TaskGroup, Task<?>> access = TreeWalk.access();

    private final Map<TaskGroup, Server> servers;
    private final ClientConnections clients;
    private final StackSample sample;

    private TreeSnapshot(
            Map<TaskGroup, Server> servers, List<Connection> clients, StackSample sample) {
        this.servers = servers;
        this.clients = new ClientConnections(clients);
        this.sample = sample;
    }

    /**
     * A snapshot of a runtime.
     *
     * @param root the group of the runtime
     * @param servers its servers, by their groups
     * @param clients the connections that it has opened
     * @param options how much to look at
     */
    static TaskTree of(
            TaskGroup root,
            Map<TaskGroup, Server> servers,
            List<Connection> clients,
            TreeOptions options) {
        Instant now = Instant.now();
        long tasks = options.maxStacks() == 0 ? 0 : TreeWalk.count(root);
        var sample = new StackSample(tasks, options.maxStacks());
        var snapshot = new TreeSnapshot(servers, clients, sample);
        return new TaskTree(now, snapshot.runtime(root));
    }

    /**
     * The nodes of some tasks, with what each is in.
     *
     * @param tasks the tasks; those that have ended are left out
     * @param servers the servers of their runtime, by their groups
     * @param clients the connections that their runtime has opened
     */
    static List<TreeNode> of(
            List<Task<?>> tasks, Map<TaskGroup, Server> servers, List<Connection> clients) {
        var sample = new StackSample(tasks.size(), tasks.size());
        var snapshot = new TreeSnapshot(servers, clients, sample);
        Map<TaskGroup, Map<Task<?>, ServedConnection>> served = new HashMap<>(); // after the tasks
        List<TreeNode> nodes = new ArrayList<>();
        for (Task<?> each : tasks) {
            Server server = servers.get(each.group());
            Map<Task<?>, ServedConnection> connections =
                    server == null
                            ? Map.of()
                            : served.computeIfAbsent(each.group(), _ -> served(server));
            snapshot.addTask(nodes, each, connections.get(each));
        }
        return nodes;
    }

    private TreeNode runtime(TaskGroup root) {
        List<TreeNode> children = children(root, null);
        for (Client each : clients.rest()) children.add(each.node());
        return group(root, NodeKind.RUNTIME, children);
    }

    private TreeNode group(TaskGroup group) {
        Server server = servers.get(group);
        return server == null
                ? group(group, NodeKind.GROUP, children(group, null))
                : server(group, server);
    }

    private static TreeNode group(TaskGroup group, NodeKind kind, List<TreeNode> children) {
        NodeState state = group.isCancelled() ? NodeState.CANCELLED : NodeState.OPEN;
        return node(kind, group.name(), state, children);
    }

    private TreeNode server(TaskGroup group, Server server) {
        NodeState state = server.isReady() ? NodeState.ACCEPTING : NodeState.PAUSED;
        String name = server.localAddress().toString();
        return node(NodeKind.SERVER, name, state, children(group, server));
    }

    /**
     * The connections of a server by their tasks. Called after its tasks were listed; a connection
     * that was just accepted may not know its task yet, so it is looked for again.
     */
    private static Map<Task<?>, ServedConnection> servedLater(Server server, List<Task<?>> tasks) {
        Map<Task<?>, ServedConnection> served = served(server);
        for (int looks = 1; looks < MOST_LOOKS; looks++) {
            if (tasks.stream().noneMatch(each -> isUnknown(each, served))) break;
            LockSupport.parkNanos(looks * PAUSE_NANOS);
            served(server).forEach(served::putIfAbsent);
        }
        return served;
    }

    /**
     * Whether a task serves a connection that is not known yet: the others of a server are named.
     */
    private static boolean isUnknown(Task<?> task, Map<Task<?>, ServedConnection> served) {
        return !served.containsKey(task)
                && !task.isDone()
                && task.name().equals("task-" + task.id());
    }

    private static Map<Task<?>, ServedConnection> served(Server server) {
        Map<Task<?>, ServedConnection> served = new HashMap<>();
        for (ServedConnection each : server.connections()) served.put(each.task(), each);
        return served;
    }

    private static TreeNode node(
            NodeKind kind, String name, NodeState state, List<TreeNode> children) {
        return new TreeNode(kind, name, 0, state, null, null, null, null, null, null, children);
    }

    private List<TreeNode> children(TaskGroup group, @Nullable Server server) {
        List<TreeNode> children = new ArrayList<>();
        access.forEachGroup(group, child -> children.add(group(child)));
        children.sort(Comparator.comparing(TreeNode::name));
        List<Task<?>> tasks = new ArrayList<>();
        access.forEachTask(group, tasks::add);
        if (server == null) {
            for (Task<?> each : tasks) addTask(children, each, null);
            return children;
        }
        Map<Task<?>, ServedConnection> served = servedLater(server, tasks);
        for (Task<?> each : tasks) { // without those that have just been accepted
            if (!isUnknown(each, served)) addTask(children, each, served.get(each));
        }
        return children;
    }

    private void addTask(
            List<TreeNode> nodes, Task<?> task, @Nullable ServedConnection connection) {
        Thread thread = access.threadOf(task);
        NodeState state = state(task, thread);
        WaitPoint point = sample.next() ? WaitPoint.of(List.of(thread.getStackTrace())) : null;
        List<TreeNode> children = new ArrayList<>();
        access.forEachSection(task, section -> children.addFirst(section(section)));
        access.forEachGroupOf(task, group -> children.add(group(group)));
        if (task.isDone()) return; // while it was looked at
        Client client = clients.of(thread);
        if (client != null && connection != null) children.add(client.node());
        nodes.add(
                new TreeNode(
                        connection == null ? NodeKind.TASK : NodeKind.CONNECTION,
                        task.name(),
                        task.id(),
                        state,
                        connection == null ? access.ageOf(task) : connection.age(),
                        point == null ? null : point.operation(),
                        point == null ? null : point.site(),
                        waited(connection, client),
                        traffic(connection, client),
                        null,
                        children));
    }

    private static NodeState state(Task<?> task, Thread thread) {
        if (task.cancelReason().isPresent()) return NodeState.CANCELLED;
        return switch (thread.getState()) {
            case WAITING, TIMED_WAITING, BLOCKED -> NodeState.WAITING;
            default -> NodeState.RUNNING;
        };
    }

    private static @Nullable Duration waited(
            @Nullable ServedConnection connection, @Nullable Client client) {
        if (connection == null) return client == null ? null : client.waited();
        return connection.waited().isZero() ? null : connection.waited();
    }

    private static @Nullable Traffic traffic(
            @Nullable ServedConnection connection, @Nullable Client client) {
        if (connection == null) return client == null ? null : client.traffic();
        return new Traffic(
                connection.remoteAddress(),
                connection.localAddress(),
                connection.bytesRead(),
                connection.bytesWritten());
    }

    private static TreeNode section(TimedSection section) {
        boolean expired = section.remainingNanos() <= 0;
        return new TreeNode(
                section.kind() == TimedSection.Kind.DEADLINE ? NodeKind.DEADLINE : NodeKind.SHIELD,
                "",
                0,
                expired ? NodeState.EXPIRED : NodeState.OPEN,
                null,
                null,
                null,
                null,
                null,
                Duration.ofNanos(Math.max(0, section.remainingNanos())),
                List.of());
    }
}
