package io.loomline.observe.live;

import static java.util.stream.Collectors.joining;

import io.loomline.observe.Census;
import io.loomline.observe.TaskTree;
import io.loomline.observe.TreeOptions;
import io.loomline.observe.live.ClientConnections.Client;
import io.loomline.server.ServedConnection;
import io.loomline.server.Server;
import io.loomline.stream.Operation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Records for a time what this process does, into files of a directory: the events of the flight
 * recorder, the last operations of each connection, the tree and the census.
 */
final class RecordSession {
    private final Path folder;
    private final List<Path> written = new ArrayList<>();

    private RecordSession(Path folder) {
        this.folder = folder;
    }

    /**
     * Records. <i>Blocks</i> for the duration.
     *
     * @param folder the directory, which is created if it is missing
     * @return the files
     */
    static List<Path> run(Path folder, Duration duration) throws IOException, InterruptedException {
        Files.createDirectories(folder);
        var session = new RecordSession(folder);
        List<ObservedRuntime> begun = // those that record already go on afterwards
                OpenRuntimes.list().stream().filter(each -> !each.recordsOperations()).toList();
        begun.forEach(each -> each.recordOperations(true));
        try {
            session.recordEvents(duration);
            session.write("operations.txt", operations());
        } finally {
            begun.forEach(each -> each.recordOperations(false));
        }
        List<TaskTree> trees = OpenRuntimes.trees(TreeOptions.CENSUS);
        session.write("tree.txt", trees.stream().map(TaskTree::toString).collect(joining()));
        session.write(
                "census.txt",
                trees.stream().map(Census::of).map(Census::toString).collect(joining()));
        return session.written;
    }

    /** Waits, and records events if this JVM has the flight recorder. */
    private void recordEvents(Duration duration) throws IOException, InterruptedException {
        if (ModuleLayer.boot().findModule("jdk.jfr").isEmpty()) {
            TimeUnit.NANOSECONDS.sleep(duration.toNanos());
            return;
        }
        Path file = folder.resolve("loomline.jfr");
        EventRecording.run(file, duration);
        written.add(file);
    }

    private static String operations() {
        var text = new StringBuilder();
        for (Server server : OpenRuntimes.servers()) {
            for (ServedConnection each : server.connections()) {
                append(text, each.toString(), each.operations());
            }
        }
        for (ObservedRuntime runtime : OpenRuntimes.list()) {
            for (Client each : new ClientConnections(runtime.clients()).rest()) {
                append(text, each.node().line(), each.operations());
            }
        }
        return text.toString();
    }

    private static void append(StringBuilder text, String head, List<Operation> operations) {
        text.append(head).append(System.lineSeparator());
        for (Operation each : operations) {
            text.append("  ").append(each).append(System.lineSeparator());
        }
    }

    private void write(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.writeString(file, text);
        written.add(file);
    }
}
