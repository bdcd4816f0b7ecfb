package io.loomline.peers;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loomline.probe.Programs;

import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The child processes of one test. They end with it; a failure shows their standard error. */
final class Children implements TestExecutionExceptionHandler, AfterEachCallback {
    /** Bounds a test that waits for output that never comes. */
    private static final long LIMIT_SECONDS = 30;

    private final List<Child> children = new ArrayList<>();

    private record Child(List<String> command, Process process, Path messages) {}

    /** Returns the path of OpenBSD's {@code nc}; others have other options. */
    String requireNetcat() throws IOException, InterruptedException {
        String nc = Programs.require("nc", "netcat-openbsd");
        Process help = start(List.of(nc, "-h"));
        help.waitFor();
        assumeTrue(messages(help).startsWith("OpenBSD"), nc + " is not netcat-openbsd");
        return nc;
    }

    /** Starts a program. Its standard error is kept for {@link #messages} and failures. */
    Process start(List<String> command) throws IOException {
        Path messages = Files.createTempFile("peer", ".txt");
        Process process = new ProcessBuilder(command).redirectError(messages.toFile()).start();
        children.add(new Child(command, process, messages));
        process.onExit()
                .orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS)
                .exceptionally(_ -> process.destroyForcibly());
        return process;
    }

    /** The standard error of a program so far. */
    String messages(Process process) throws IOException {
        for (Child child : children) {
            if (child.process().equals(process)) return Files.readString(child.messages());
        }
        throw new IllegalArgumentException(process + ": not started by this test");
    }

    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable failure)
            throws Throwable {
        for (Child child : children) failure.addSuppressed(report(child));
        throw failure;
    }

    private static Throwable report(Child child) throws IOException {
        String state =
                child.process().isAlive() ? "running" : "exit " + child.process().exitValue();
        String messages = Files.readString(child.messages());
        var report =
                new AssertionError(
                        child.command() + ": " + state + "; standard error:\n" + messages);
        report.setStackTrace(new StackTraceElement[0]);
        return report;
    }

    private static void closeStreams(Process process) throws IOException {
        process.getInputStream().close();
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            // unflushed input of a program that has ended
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
