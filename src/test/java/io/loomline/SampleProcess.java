package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;

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

/** A program of {@code samples} in a JVM of its own, and what it has printed so far. */
final class SampleProcess implements AutoCloseable {
    /** Below the time limit of a test method, so that this one speaks first. */
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

    /** Compiles a program as strictly as the library is compiled. */
    static void compile(Path source, Path target) {
        StringWriter messages = new StringWriter();
        PrintWriter writer = new PrintWriter(messages);
        List<String> arguments = new ArrayList<>(MODULES);
        arguments.addAll(List.of("-Xlint:all", "-Werror", "-d", target.toString()));
        arguments.add(source.toString());
        ToolProvider javac = ToolProvider.findFirst("javac").orElseThrow();
        int exitCode = javac.run(writer, writer, arguments.toArray(String[]::new));
        assertEquals(0, exitCode, messages::toString);
    }

    /** Starts a program from its source, as its reader does. */
    static SampleProcess startSource(String sample, List<String> arguments) throws IOException {
        var command = java(List.of(), source(sample).toString());
        return new SampleProcess(Stream.concat(command, arguments.stream()));
    }

    /** Starts a program that was compiled into a directory. */
    static SampleProcess startCompiled(Path classes, String sample, String... arguments)
            throws IOException {
        return startCompiledIn(List.of(), classes, sample, arguments);
    }

    /** Starts a program that was compiled, by a command that runs the command it is given. */
    static SampleProcess startCompiledIn(
            List<String> launcher, Path classes, String sample, String... arguments)
            throws IOException {
        var command = java(List.of(classes.toString()), sample);
        return new SampleProcess(
                Stream.of(launcher.stream(), command, Stream.of(arguments)).flatMap(part -> part));
    }

    private static Stream<String> java(List<String> classPath, String program) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(MODULES);
        command.add("--class-path");
        // what the tests have, for slf4j-simple
        String inherited = System.getProperty("java.class.path");
        command.add(
                Stream.concat(classPath.stream(), Stream.of(inherited))
                        .reduce((a, b) -> a + File.pathSeparator + b)
                        .orElseThrow());
        command.add("--enable-native-access=io.loomline");
        command.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");
        command.add("-XX:TieredStopAtLevel=1"); // short runs start sooner
        command.add(program);
        return command.stream();
    }

    /** Waits until the program has printed a line with this in it, and returns the line. */
    String awaitLine(String part) {
        for (String line; (line = nextLine()) != null; ) {
            if (line.contains(part)) return line;
        }
        throw new AssertionError("no line with '" + part + "' in:\n" + printed);
    }

    /** Waits until the program has ended; one that does not is killed. */
    int awaitExit() throws InterruptedException {
        while (nextLine() != null) {}
        return process.waitFor();
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

    /** Everything that was read of what the program printed. */
    String printed() {
        return printed.toString();
    }

    /** Types on the program's standard input. */
    void type(String text) throws IOException {
        process.outputWriter().append(text).flush();
    }

    /** Ends the program's standard input, as Ctrl-D does. */
    void endInput() throws IOException {
        process.outputWriter().close();
    }

    /** Asks the program to end, as Ctrl-C does; SIGTERM, which no parent can have switched off. */
    void terminate() {
        process.toHandle().destroy(); // unlike that of Process, it leaves the output readable
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
