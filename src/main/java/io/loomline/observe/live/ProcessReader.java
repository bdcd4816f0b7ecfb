package io.loomline.observe.live;

import static java.util.stream.Collectors.joining;

import io.loomline.log.Json;
import io.loomline.observe.Census;
import io.loomline.observe.NodeKind;
import io.loomline.observe.TaskTree;
import io.loomline.observe.TreeNode;
import io.loomline.observe.TreeOptions;
import io.loomline.server.Server;
import io.loomline.server.ShutdownOptions;
import io.loomline.server.drain.ServersDrain;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Answers the command, in the process that it asks about. The agent calls it by reflection, because
 * it may have been loaded by another class loader.
 */
public final class ProcessReader {
    private static final Duration TOP_INTERVAL = Duration.ofSeconds(1);

    private ProcessReader() {}

    /**
     * The answer to a request. <i>Blocks</i> for {@code top}, {@code record} and {@code drain}.
     *
     * @param version the {@link OpenRuntimes#VERSION} of the command
     * @param request a name, whether the answer is JSON, and an argument, separated by spaces:
     *     {@code ps}, {@code tree}, {@code census}, {@code top ORDER}, {@code record SECONDS
     *     FOLDER} or {@code drain SECONDS}
     * @return what to print
     * @throws IllegalArgumentException if this process does not know the request
     */
    public static String answer(String version, String request) throws InterruptedException {
        if (!version.equals(OpenRuntimes.VERSION)) {
            throw new IllegalArgumentException(
                    "this process runs a version of Loomline that answers version "
                            + OpenRuntimes.VERSION
                            + " of the command, not "
                            + version);
        }
        List<String> words = List.of(request.split(" "));
        boolean json = words.get(1).equals("json");
        return switch (words.getFirst()) {
            case "ps" -> list(OpenRuntimes.trees(TreeOptions.CENSUS), json);
            case "tree" -> all(OpenRuntimes.trees(TreeOptions.CENSUS), json);
            case "census" -> census(json);
            case "top" -> top(order(words.get(2)), json);
            case "record" -> record(request.split(" ", 4), json);
            case "drain" -> drain(Duration.ofSeconds(Long.parseLong(words.getLast())), json);
            default -> throw new IllegalArgumentException("unknown request: " + request);
        };
    }

    private static String list(List<TaskTree> trees, boolean json) {
        List<TreeNode> rows =
                trees.stream()
                        .flatMap(TaskTree::stream)
                        .filter(node -> node.isTask() || node.kind() == NodeKind.CLIENT)
                        .map(TreeNode::withoutChildren)
                        .toList();
        if (json) return array(rows.stream().map(TreeNode::toJson));
        var table = new TaskTable("ID", "TASK", "STATE", "IN", "WAIT S", "AGE S", "AT", "PEER");
        for (TreeNode each : rows) table.add(TaskTable.cellsOf(each));
        return table.toString();
    }

    private static String all(List<TaskTree> trees, boolean json) {
        if (json) return array(trees.stream().map(TaskTree::toJson));
        return trees.stream().map(TaskTree::toString).collect(joining());
    }

    private static String census(boolean json) {
        List<TaskTree> trees = OpenRuntimes.trees(TreeOptions.CENSUS);
        List<Census> all = trees.stream().map(Census::of).toList();
        if (json) return array(all.stream().map(Census::toJson));
        return all.stream().map(Census::toString).collect(joining());
    }

    private static String top(TopView.Order order, boolean json) throws InterruptedException {
        List<TaskTree> before = OpenRuntimes.trees(TreeOptions.DEFAULT.withMaxStacks(0));
        long start = System.nanoTime();
        TimeUnit.NANOSECONDS.sleep(TOP_INTERVAL.toNanos());
        Duration apart = Duration.ofNanos(System.nanoTime() - start);
        List<TaskTree> after = OpenRuntimes.trees(TreeOptions.DEFAULT);
        TopView view = TopView.of(before, after, apart, order);
        return json ? view.toJson() + System.lineSeparator() : view.toString();
    }

    private static TopView.Order order(String name) {
        return TopView.Order.valueOf(name.toUpperCase(Locale.ROOT));
    }

    private static String record(String[] words, boolean json) throws InterruptedException {
        try {
            Duration duration = Duration.ofSeconds(Long.parseLong(words[2]));
            List<Path> files = RecordSession.run(Path.of(words[3]), duration);
            if (json) return array(files.stream().map(ProcessReader::pathOf));
            return files.stream().map(each -> each + System.lineSeparator()).collect(joining());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String pathOf(Path file) {
        return new Json().value(file).toString();
    }

    private static String drain(Duration grace, boolean json) {
        List<Server> servers = OpenRuntimes.servers();
        List<ServersDrain.Drained> drained =
                ServersDrain.run("the command asks for it", servers, ShutdownOptions.within(grace));
        if (json) return array(drained.stream().map(ServersDrain.Drained::toJson));
        return ServersDrain.describe(drained);
    }

    private static String array(Stream<String> values) {
        return Json.array(values) + System.lineSeparator();
    }
}
