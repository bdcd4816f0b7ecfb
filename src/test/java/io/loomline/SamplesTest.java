package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.util.stream.Collectors.joining;

import io.loomline.probe.LoopbackAddress;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Compiles every program of {@code samples} and runs it as the README says. */
class SamplesTest {
    /** Arguments for programs that would otherwise run too long. */
    private static final Map<String, List<String>> ARGUMENTS =
            Map.of(
                    "EchoServer",
                    List.of("--connections", "200", "--lines", "20"),
                    "GracefulStop",
                    List.of("1", "10"));

    /** Programs that serve until a signal; the argument is their port. */
    private static final Set<String> SERVERS =
            Set.of("HttpServer", "Inspector", "MqttBroker", "RedisServer", "Restart", "SmtpSink");

    /** Programs that need the server at the address that is their argument. */
    private static final Set<String> CLIENTS = Set.of("NatsClient", "RedisPing");

    @TempDir Path scratch;

    static List<String> samples() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("samples"))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(file -> file.endsWith(".java"))
                    .map(file -> file.replace(".java", ""))
                    .sorted()
                    .toList();
        }
    }

    /** If a name is wrong, the build lists the samples. README has its reader save Hello there. */
    @Test
    void buildNamesTheSamples() throws IOException {
        String names =
                samples().stream()
                        .filter(name -> !name.equals("Hello"))
                        .collect(joining(", "))
                        .replaceFirst(", (\\w+)$", " and $1");
        String build = Files.readString(Path.of("pom.xml"));
        assertTrue(build.contains("The samples are " + names + "."), names);
    }

    @ParameterizedTest
    @MethodSource("samples")
    void compilesWithoutWarning(String sample) {
        SampleProcess.compile(SampleProcess.source(sample), scratch);
    }

    @ParameterizedTest
    @MethodSource("samples")
    void runs(String sample) throws Exception {
        if (SERVERS.contains(sample)) {
            servesUntilASignal(sample);
            return;
        }
        if (CLIENTS.contains(sample)) {
            printsHowToStartItsServer(sample);
            return;
        }
        List<String> arguments = ARGUMENTS.getOrDefault(sample, List.of());
        try (var process = SampleProcess.startSource(sample, arguments)) {
            assertEquals(0, process.awaitExit(), process::printed);
        }
    }

    private static void servesUntilASignal(String sample) throws Exception {
        try (var process = SampleProcess.startSource(sample, List.of("0"))) {
            process.awaitLine("listening on port ");
            process.terminate();
            assertEquals(0, process.awaitExit(), process::printed);
        }
    }

    private static void printsHowToStartItsServer(String sample) throws Exception {
        String port = "" + LoopbackAddress.freePort();
        try (var process = SampleProcess.startSource(sample, List.of("127.0.0.1:" + port))) {
            process.awaitLine("cannot connect to 127.0.0.1:" + port);
            process.awaitLine("-server --");
            assertEquals(1, process.awaitExit(), process::printed);
            assertTrue(process.printed().contains("--port " + port), process::printed);
        }
    }
}
