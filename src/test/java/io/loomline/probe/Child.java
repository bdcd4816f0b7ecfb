package io.loomline.probe;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** A test program in a JVM of its own. Its output and its errors are one stream. */
public final class Child implements AutoCloseable {
    /** Less than the time limit of a test. */
    private static final int LIMIT_SECONDS = 30;

    private final Process process;
    private final BufferedReader output;

    private Child(Process process) {
        this.process = process;
        this.output = process.inputReader();
        // a read from a process does not react to interrupts
        CompletableFuture.delayedExecutor(LIMIT_SECONDS, TimeUnit.SECONDS)
                .execute(process::destroyForcibly);
    }

    public static Child start(Class<?> program, List<String> options, String... arguments)
            throws IOException {
        return start(command(program, options, arguments));
    }

    /** Starts the program by a launcher, such as one that sets limits or the locale. */
    public static Child startBy(
            List<String> launcher, Class<?> program, List<String> options, String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>(launcher);
        command.addAll(command(program, options, arguments));
        return start(command);
    }

    /** Starts a command that contains the result of {@link #command}. */
    public static Child start(List<String> command) throws IOException {
        return new Child(new ProcessBuilder(command).redirectErrorStream(true).start());
    }

    /** Starts the program in a JVM without an slf4j provider. */
    public static Child startWithoutLogger(Class<?> program, String... arguments)
            throws IOException {
        List<String> command = command(program, List.of(), arguments);
        command.replaceAll(Child::withoutProvider);
        return start(command);
    }

    private static String withoutProvider(String argument) {
        return Arrays.stream(argument.split(File.pathSeparator))
                .filter(path -> !path.contains("slf4j-simple"))
                .collect(Collectors.joining(File.pathSeparator));
    }

    public static List<String> command(
            Class<?> program, List<String> options, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Xshare:auto");
        command.add("-XX:TieredStopAtLevel=1");
        command.addAll(options);
        command.addAll(List.of("--class-path", classPath(), program.getName()));
        command.addAll(List.of(arguments));
        return command;
    }

    private static String classPath() {
        return String.join(
                File.pathSeparator,
                Path.of("target", "classes").toString(),
                Path.of("target", "test-classes").toString(),
                System.getProperty("jdk.module.path", ""),
                System.getProperty("java.class.path"));
    }

    /** Waits for the next line. */
    public String readLine() throws IOException {
        return output.readLine();
    }

    /** Waits for a line that equals the text. */
    public void await(String text) throws IOException {
        List<String> before = new ArrayList<>();
        for (String line; (line = output.readLine()) != null; before.add(line)) {
            if (line.equals(text)) return;
        }
        throw new AssertionError("ended without '" + text + "': " + before);
    }

    /** Waits for the end; returns the remaining lines. */
    public List<String> rest() {
        return output.lines().toList();
    }

    public long pid() {
        return process.pid();
    }

    public int exitCode() throws InterruptedException {
        return process.waitFor();
    }

    public void signal(String name) throws IOException, InterruptedException {
        signal(process.toHandle(), name);
    }

    /** Sends the signal to the program that the launcher runs. */
    public void signalChild(String name) throws IOException, InterruptedException {
        signal(process.children().findAny().orElseThrow(), name);
    }

    private static void signal(ProcessHandle process, String name)
            throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
