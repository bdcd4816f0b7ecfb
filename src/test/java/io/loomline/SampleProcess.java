package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

/** A program of {@code samples} in a JVM of its own, and its output so far. */
final class SampleProcess implements AutoCloseable {
    /** Less than the time limit of a test, so that the test reports the output. */
    private static final long LIMIT_SECONDS = 50;

    private static final List<String> MODULES =
            List.of(
                    "--module-path",
                    System.getProperty("jdk.module.path"),
                    "--add-modules",
                    "io.loomline");

    private final Process process;
    private final BufferedReader reader;
    private final StringBuilder printed = new StringBuilder();

    private SampleProcess(Stream<String> command) throws IOException {
        process = new ProcessBuilder(command.toList()).redirectErrorStream(true).start();
        reader = process.inputReader();
        process.onExit()
                .orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS)
                .exceptionally(_ -> process.destroyForcibly());
    }

    static Path source(String sample) {
        return Path.of("samples", sample + ".java");
    }

    /** Compiles a program with all warnings as errors. */
    static void compile(Path source, Path target) {
        compile(List.of(source), target);
    }

    /** Compiles a program of several files with all warnings as errors. */
    static void compile(List<Path> sources, Path target) {
        StringWriter messages = new StringWriter();
        PrintWriter writer = new PrintWriter(messages);
        List<String> arguments = new ArrayList<>(MODULES);
        arguments.addAll(List.of("-Xlint:all", "-Werror", "-d", target.toString()));
        for (Path source : sources) arguments.add(source.toString());
        ToolProvider javac = ToolProvider.findFirst("javac").orElseThrow();
        int exitCode = javac.run(writer, writer, arguments.toArray(String[]::new));
        assertEquals(0, exitCode, messages::toString);
    }

    /** Starts a program from its source file, as {@code mvn -Dsample} does. */
    static SampleProcess startSource(String sample, List<String> arguments) throws IOException {
        var command = java(List.of(), source(sample).toString());
        return new SampleProcess(Stream.concat(command, arguments.stream()));
    }

    /** Starts a compiled program. */
    static SampleProcess startCompiled(Path classes, String sample, String... arguments)
            throws IOException {
        return startCompiledBy(List.of(), classes, sample, arguments);
    }

    /** Starts a compiled program by a launcher, a command that runs its arguments. */
    static SampleProcess startCompiledBy(
            List<String> launcher, Path classes, String sample, String... arguments)
            throws IOException {
        var command = java(List.of(classes.toString()), sample);
        return new SampleProcess(
                Stream.of(launcher.stream(), command, Stream.of(arguments)).flatMap(part -> part));
    }

    /** The command that starts a compiled program. */
    static List<String> command(Path classes, String sample) {
        return java(List.of(classes.toString()), sample).toList();
    }

    private static Stream<String> java(List<String> classPath, String program) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(MODULES);
        command.add("--class-path");
        // the class path of the tests contains slf4j-simple
        String inherited = System.getProperty("java.class.path");
        command.add(
                Stream.concat(classPath.stream(), Stream.of(inherited))
                        .reduce((a, b) -> a + File.pathSeparator + b)
                        .orElseThrow());
        command.add("--enable-native-access=io.loomline");
        command.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");
        command.add("-XX:TieredStopAtLevel=1"); // starts faster
        command.add(program);
        return command.stream();
    }

    /** Waits for a line that contains the text, and returns the line. */
    String awaitLine(String part) {
        for (String line; (line = nextLine()) != null; ) {
            if (line.contains(part)) return line;
        }
        throw new AssertionError("no line with '" + part + "' in:\n" + printed);
    }

    /**
     * Waits for the end of the program, which is killed at the time limit; returns its exit code.
     */
    int awaitExit() throws InterruptedException {
        while (nextLine() != null) {}
        return process.waitFor();
    }

    /** Requires that the program ends with this message, its usage and exit code 2. */
    void requireUsageError(String message) throws InterruptedException {
        assertEquals(2, awaitExit(), this::printed);
        assertEquals(message, printed().lines().findFirst().orElseThrow());
        assertTrue(printed().contains("usage: "), this::printed);
    }

    private String nextLine() {
        try {
            String line = reader.readLine();
            if (line != null) printed.append(line).append('\n');
            return line;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The output that was read so far. */
    String printed() {
        return printed.toString();
    }

    /** Writes to the standard input of the program. */
    void type(String text) throws IOException {
        process.outputWriter().append(text).flush();
    }

    /** Ends the standard input of the program, as Ctrl-D does. */
    void endInput() throws IOException {
        process.outputWriter().close();
    }

    /** Sends SIGTERM, because children of a background shell may ignore SIGINT. */
    void terminate() {
        process.toHandle().destroy(); // unlike Process.destroy, this leaves the output readable
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
