package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.Programs;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The chat on several nodes, {@code samples/cluster}, in a short form. */
class ClusterTest {
    private static final Path SCRIPT = Path.of("samples", "cluster", "run");

    private static final long LIMIT_SECONDS = 100;

    @TempDir Path scratch;

    @Test
    @Timeout(LIMIT_SECONDS + 10)
    void membersMissNothingWhenNodesRestartOrDie() throws Exception {
        Programs.require("nats-server", "nats-server");
        survives("nats");
    }

    @Test
    @Tag("slow")
    @Timeout(LIMIT_SECONDS + 10)
    void membersMissNothingOverRedis() throws Exception {
        Programs.require("redis-server", "redis-server");
        survives("redis");
    }

    @Test
    void compilesWithoutWarning() throws IOException {
        try (Stream<Path> files = Files.list(SCRIPT.getParent())) {
            List<Path> sources =
                    files.filter(file -> file.toString().endsWith(".java")).sorted().toList();
            assertTrue(sources.size() > 1, sources::toString);
            SampleProcess.compile(sources, scratch);
        }
    }

    /** The script counts lost and repeated lines, and fails if there are any. */
    private void survives(String engine) throws IOException, InterruptedException {
        Programs.require("haproxy", "haproxy");
        Path output = scratch.resolve("output");
        var builder =
                new ProcessBuilder(SCRIPT.toString(), engine, "60", "1")
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile());
        builder.environment()
                .putAll(
                        Map.of(
                                "JAVA_HOME", System.getProperty("java.home"),
                                "MODULE_PATH", System.getProperty("jdk.module.path"),
                                "NODES", "2",
                                "RESTARTS", "1",
                                "HEARTBEAT", "1"));
        Process run = builder.start();
        run.onExit()
                .orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS)
                .exceptionally(_ -> end(run)); // by SIGTERM: it ends its processes
        int exitCode = run.waitFor();
        String printed = Files.readString(output);
        assertEquals(0, exitCode, printed);
        for (String row : List.of("restart of node1", "SIGKILL of node2", "total")) {
            assertTrue(reconnects(printed, row) > 0, printed);
        }
    }

    private static Process end(Process run) {
        run.destroy();
        return run;
    }

    /** The fourth number of a row. */
    private static int reconnects(String table, String row) {
        Matcher numbers = Pattern.compile(row + "( +[\\d,]+){3} +([\\d,]+) .*").matcher(table);
        assertTrue(numbers.find(), table);
        return Integer.parseInt(numbers.group(2).replace(",", ""));
    }
}
