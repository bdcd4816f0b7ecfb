package io.loomline.peers;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The child processes of one test: none outlives it, and a failure shows what they said. */
final class Children implements TestExecutionExceptionHandler, AfterEachCallback {
    /** So that a test that waits for what a child never says ends. */
    private static final long LIMIT_SECONDS = 30;

    private final List<Child> children = new ArrayList<>();

    private record Child(List<String> command, Process process, Path messages) {}

    /** Skips the test if a program is not installed; otherwise says where it is. */
    static String require(String program, String debianPackage) {
        Optional<Path> found = find(program);
        assumeTrue(found.isPresent(), program + " is not installed: package " + debianPackage);
        return found.orElseThrow().toString();
    }

    private static Optional<Path> find(String program) {
        // the system's own first: it may be hidden by a wrapper, which takes its time
        String path = "/usr/bin" + File.pathSeparator + System.getenv("PATH");
        return Stream.of(path.split(File.pathSeparator))
                .map(directory -> Path.of(directory, program))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Starts a program; its standard error is kept for the failure. */
    Process start(List<String> command) throws IOException {
        Path messages = Files.createTempFile("peer", ".txt");
        Process process = new ProcessBuilder(command).redirectError(messages.toFile()).start();
        children.add(new Child(command, process, messages));
        process.onExit()
                .orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS)
                .exceptionally(_ -> process.destroyForcibly());
        return process;
    }

    /** What a program has said on its standard error up to now. */
    String messages(Process process) throws IOException {
        for (Child child : children) {
            if (child.process().equals(process)) return Files.readString(child.messages());
        }
        throw new IllegalArgumentException(process + " is no child of this test");
    }

    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable failure)
            throws Throwable {
        for (Child child : children) failure.addSuppressed(report(child));
        throw failure;
    }

    private static Throwable report(Child child) throws IOException {
        String state = child.process().isAlive() ? "runs" : "exit " + child.process().exitValue();
        String said = Files.readString(child.messages());
        var report = new AssertionError(child.command() + ": " + state + "; it said:\n" + said);
        report.setStackTrace(new StackTraceElement[0]);
        return report;
    }

    private static void closeStreams(Process process) throws IOException {
        process.getInputStream().close();
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            // what was not flushed: nobody is left to read it
        }
    }

    @Override
    public void afterEach(ExtensionContext context) throws IOException {
        for (Child child : children) {
            child.process().destroyForcibly().onExit().join();
            closeStreams(child.process());
            Files.delete(child.messages());
        }
    }
}
