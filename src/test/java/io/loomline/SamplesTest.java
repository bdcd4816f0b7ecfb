package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

/** Compiles every program of {@code samples} and runs it as its reader would: none can rot. */
class SamplesTest {
    private static final Path SAMPLES = Path.of("samples");

    /** Arguments of those that are too long, or without end, with none. */
    private static final Map<String, String> ARGUMENTS =
            Map.of("EchoServer", "--connections 200 --lines 20");

    /** Below the time limit of a test method, so that this one speaks first. */
    private static final long RUN_LIMIT_SECONDS = 50;

    private static final String MODULE_PATH = System.getProperty("jdk.module.path");

    @TempDir Path scratch;

    static List<String> samples() throws IOException {
        if (Files.notExists(SAMPLES)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(SAMPLES)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(file -> file.endsWith(".java"))
                    .map(file -> file.replace(".java", ""))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("samples")
    void compilesWithoutWarning(String sample) {
        StringWriter messages = new StringWriter();
        PrintWriter writer = new PrintWriter(messages);
        int exitCode =
                ToolProvider.findFirst("javac")
                        .orElseThrow()
                        .run(writer, writer, javacArguments(sample).toArray(String[]::new));
        assertEquals(0, exitCode, messages::toString);
    }

    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("samples")
    void runs(String sample) throws Exception {
        File output = scratch.resolve("output").toFile();
        Process process =
                new ProcessBuilder(javaCommand(sample))
                        .redirectErrorStream(true)
                        .redirectOutput(output)
                        .start();
        try {
            String end =
                    process.waitFor(RUN_LIMIT_SECONDS, TimeUnit.SECONDS)
                            ? "exit code " + process.exitValue()
                            : "still running after " + RUN_LIMIT_SECONDS + " s";
            assertEquals("exit code 0", end, () -> sample + " printed:\n" + read(output));
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    private List<String> javacArguments(String sample) {
        return List.of(
                "-Xlint:all",
                "-Werror",
                "-d",
                scratch.toString(),
                "--module-path",
                MODULE_PATH,
                "--add-modules",
                "io.loomline",
                source(sample));
    }

    private static List<String> javaCommand(String sample) {
        List<String> command =
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--module-path",
                        MODULE_PATH,
                        "--class-path", // has slf4j-simple
                        System.getProperty("java.class.path"),
                        "--add-modules",
                        "io.loomline",
                        "--enable-native-access=io.loomline",
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                        source(sample));
        Stream<String> arguments =
                Stream.of(ARGUMENTS.getOrDefault(sample, "").split(" "))
                        .filter(argument -> !argument.isEmpty());
        return Stream.concat(command.stream(), arguments).toList();
    }

    private static String source(String sample) {
        return SAMPLES.resolve(sample + ".java").toString();
    }

    private static String read(File output) {
        try {
            return Files.readString(output.toPath());
        } catch (IOException e) {
            return "nothing readable: " + e;
        }
    }
}
