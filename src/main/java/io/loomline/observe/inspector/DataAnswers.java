package io.loomline.observe.inspector;

import static java.util.stream.Collectors.joining;

import io.loomline.log.Json;
import io.loomline.log.LogText;
import io.loomline.observe.Census;
import io.loomline.observe.NodeKind;
import io.loomline.observe.NodeState;
import io.loomline.observe.TaskTree;
import io.loomline.observe.TreeNode;
import io.loomline.observe.TreeOptions;
import io.loomline.observe.live.ObservedRuntime;
import io.loomline.server.Server;

import java.util.List;
import java.util.stream.Stream;

/** Answers the requests that only read. */
final class DataAnswers {
    private static final int MOST_STACKS = TreeOptions.CENSUS.maxStacks();

    private final ObservedRuntime runtime;
    private final boolean actions;

    DataAnswers(ObservedRuntime runtime, boolean actions) {
        this.runtime = runtime;
        this.actions = actions;
    }

    Answer answer(String path, Query query) throws Refusal {
        if (path.equals("/api/operations")) return Answer.text(operations(query));
        return Answer.json(
                switch (path) {
                    case "/api/runtime" -> runtime();
                    case "/api/tree" -> tree(query).toJson();
                    case "/api/connections" -> connections(query, true);
                    case "/api/clients" -> connections(query, false);
                    case "/api/tasks" -> array(runtime.tasks(query.ids()).stream());
                    case "/api/census" -> Census.of(tree(TreeOptions.CENSUS)).toJson();
                    case "/api/servers" -> servers();
                    default -> throw new Refusal(Refusal.NOT_FOUND, "there is no such page");
                });
    }

    private String runtime() {
        TreeNode node = node(NodeKind.RUNTIME, runtime.name(), NodeState.OPEN);
        return new Json()
                .beginObject()
                .name("runtime")
                .json(node.toJson())
                .member("process", ProcessHandle.current().pid())
                .member("actions", actions)
                .endObject()
                .toString();
    }

    private TaskTree tree(Query query) throws Refusal {
        int stacks = query.number("stacks", TreeOptions.DEFAULT.maxStacks(), MOST_STACKS);
        return tree(TreeOptions.DEFAULT.withMaxStacks(stacks));
    }

    private TaskTree tree(TreeOptions options) throws Refusal {
        return runtime.tree(options)
                .orElseThrow(() -> new Refusal(Refusal.NOT_FOUND, "the runtime is gone"));
    }

    /** The connections that are served, or the other ones. */
    private String connections(Query query, boolean served) throws Refusal {
        return array(
                tree(query).stream()
                        .filter(node -> node.traffic() != null)
                        .filter(node -> served == (node.kind() == NodeKind.CONNECTION))
                        .map(TreeNode::withoutChildren));
    }

    /** One line for each of the last operations of connections, if they are recorded. */
    private String operations(Query query) throws Refusal {
        return runtime.operations(query.ids()).stream()
                .map(operation -> LogText.of(operation.toString()) + "\n")
                .collect(joining());
    }

    private String servers() {
        return Json.array(runtime.openServers().values().stream().map(DataAnswers::server));
    }

    private static String server(Server server) {
        NodeState state = server.isReady() ? NodeState.ACCEPTING : NodeState.PAUSED;
        TreeNode node = node(NodeKind.SERVER, server.localAddress().toString(), state);
        return new Json()
                .beginObject()
                .name("server")
                .json(node.toJson())
                .member("connections", server.connectionCount())
                .member("accepted", server.acceptedCount())
                .member("refused", server.refusedCount())
                .member("failed", server.failedCount())
                .endObject()
                .toString();
    }

    private static TreeNode node(NodeKind kind, String name, NodeState state) {
        return new TreeNode(kind, name, 0, state, null, null, null, null, null, null, List.of());
    }

    private static String array(Stream<TreeNode> nodes) {
        return Json.array(nodes.map(TreeNode::toJson));
    }
}
