package io.loomline.observe.inspector;

import io.loomline.log.Json;
import io.loomline.observe.Census;
import io.loomline.observe.NodeKind;
import io.loomline.observe.NodeState;
import io.loomline.observe.TaskTree;
import io.loomline.observe.TreeNode;
import io.loomline.observe.TreeOptions;
import io.loomline.observe.live.ObservedRuntime;
import io.loomline.server.Server;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Answers the requests that only read. */
final class DataAnswers {
    private static final int MOST_STACKS = TreeOptions.CENSUS.maxStacks();

    private final ObservedRuntime runtime;
    private final OperationAnswers operations;
    private final boolean actions;

    DataAnswers(ObservedRuntime runtime, boolean actions) {
        this.runtime = runtime;
        this.operations = new OperationAnswers(runtime);
        this.actions = actions;
    }

    Answer answer(String path, Query query) throws Refusal {
        if (path.equals("/api/operations")) return operations.answer(query);
        return Answer.json(
                switch (path) {
                    case "/api/runtime" -> runtime();
                    case "/api/tree" -> tree(query).toJson();
                    case "/api/connections" -> connections(query, true);
                    case "/api/clients" -> connections(query, false);
                    case "/api/tasks" -> array(runtime.tasks(query.ids()).stream());
                    case "/api/find" -> find(query);
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

    /**
     * The tasks whose call or line contains a text. With very many tasks, a sample of them is
     * looked at.
     */
    private String find(Query query) throws Refusal {
        String text = query.text("text");
        if (text == null || text.isEmpty()) {
            throw new Refusal(Refusal.BAD_REQUEST, "text: expected some, as in ?text=readLine");
        }
        String wanted = text.toLowerCase(Locale.ROOT);
        List<TreeNode> tasks = tree(TreeOptions.CENSUS).tasks().toList();
        long sampled = tasks.stream().filter(each -> each.operation() != null).count();
        Stream<String> ids =
                tasks.stream()
                        .filter(each -> each.operation() != null)
                        .filter(each -> place(each).contains(wanted))
                        .map(each -> Long.toString(each.id()));
        return new Json()
                .beginObject()
                .member("tasks", tasks.size())
                .member("sampled", sampled)
                .name("ids")
                .json(Json.array(ids))
                .endObject()
                .toString();
    }

    private static String place(TreeNode task) {
        String site = task.siteText() == null ? "" : task.siteText();
        return (task.operation() + " " + site).toLowerCase(Locale.ROOT);
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
                .member("bytesRead", server.bytesRead())
                .member("bytesWritten", server.bytesWritten())
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
