package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loomline.probe.Child;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Programs that get SIGINT or SIGTERM. */
@Tag("slow")
class SignalTest {
    /** Runs a program as process 1 of a new namespace, which ends with the program. */
    private static final List<String> UNSHARE =
            List.of("unshare", "--pid", "--fork", "--kill-child", "--mount-proc");

    private static final int SIGINT_BIT = 1 << (2 - 1);

    /**
     * A shell that runs the tests in the background may ignore SIGINT for them and their children.
     */
    @BeforeAll
    static void requireSigint() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) return;
        long ignored =
                Files.readAllLines(status).stream()
                        .filter(line -> line.startsWith("SigIgn:"))
                        .map(line -> line.substring("SigIgn:".length()).strip())
                        .mapToLong(mask -> Long.parseUnsignedLong(mask, 16))
                        .findFirst()
                        .orElse(0);
        assumeFalse((ignored & SIGINT_BIT) != 0, "SIGINT is ignored by the parent process");
    }

    private static List<String> options(String what) {
        String level = what.equals("log") ? "info" : "warn";
        return List.of("-Dorg.slf4j.simpleLogger.defaultLogLevel=" + level);
    }

    private static Child start(String what) throws IOException {
        return Child.start(SignalProgram.class, options(what), what);
    }

    @ParameterizedTest
    @CsvSource({"INT,130", "TERM,143"})
    void firstSignalCancelsTheMainTaskWhichCleansUp(String signal, int exitCode) throws Exception {
        try (Child child = start("clean-up")) {
            child.await("ready");
            child.signal(signal);
            String reason = child.readLine();
            assertTrue(reason.startsWith("cleaning up after: "), reason);
            assertTrue(reason.contains("SIG" + signal), reason);
            assertEquals("cleaned up", child.readLine());
            assertEquals(List.of("hook"), child.rest());
            assertEquals(exitCode, child.exitCode());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM"})
    void mainThatReturnsDespiteASignalKeepsItsResult(String signal) throws Exception {
        try (Child child = start("return")) {
            child.await("ready");
            child.signal(signal);
            assertEquals(List.of("returned despite the signal"), child.rest());
            assertEquals(0, child.exitCode());
        }
    }

    @ParameterizedTest
    @CsvSource({"INT,130", "TERM,143"})
    void secondSignalEndsTheProcess(String signal, int exitCode) throws Exception {
        try (Child child = start("ignore")) {
            child.await("ready");
            child.signal(signal);
            child.await("ignored");
            child.signal(signal);
            assertEquals(exitCode, child.exitCode());
        }
    }

    /** The main task spins; see the program for the rest. */
    @ParameterizedTest
    @ValueSource(strings = {"log", "carriers"})
    void secondSignalEndsTheProcessWhateverIsStuck(String what) throws Exception {
        try (Child child = start(what)) {
            child.await("ready");
            child.signal("TERM");
            child.await("ignored");
            child.signal("TERM");
            assertEquals(143, child.exitCode());
        }
    }

    /** The exit code is that of the second signal. */
    @ParameterizedTest
    @CsvSource({"INT,TERM,143", "TERM,INT,130"})
    void secondSignalMayBeTheOtherOne(String first, String second, int exitCode) throws Exception {
        try (Child child = start("ignore")) {
            child.await("ready");
            child.signal(first);
            child.await("ignored");
            child.signal(second);
            assertEquals(exitCode, child.exitCode());
        }
    }

    @Test
    void wrappedInterruptIsACancel() throws Exception {
        try (Child child = start("wrap")) {
            child.await("ready");
            child.signal("TERM");
            assertEquals(List.of(), child.rest());
            assertEquals(143, child.exitCode());
        }
    }

    /** For example, the cleanup after the cancel fails. */
    @Test
    void failureAfterASignalIsThrown() throws Exception {
        try (Child child = start("fail")) {
            child.await("ready");
            child.signal("TERM");
            String rest = String.join("\n", child.rest());
            assertTrue(rest.contains("IllegalStateException: cleaning up failed"), rest);
            assertEquals(1, child.exitCode());
        }
    }

    @Test
    void secondSignalEndsTheProcessWhileTheRuntimeCloses() throws Exception {
        try (Child child = start("leave a task")) {
            child.await("ready");
            child.signal("TERM");
            child.await("ignored");
            child.signal("INT");
            assertEquals(130, child.exitCode());
        }
    }

    @Test
    void secondSignalEndsTheProcessWhileAHookHangs() throws Exception {
        try (Child child = start("hang in a hook")) {
            child.await("ready");
            child.signal("TERM");
            child.await("hook");
            child.signal("TERM");
            assertEquals(143, child.exitCode());
        }
    }

    /** As in a container. For process 1, the kernel has no default action. */
    @ParameterizedTest
    @CsvSource({
        "ignore,ignored,143",
        "log,ignored,143",
        "carriers,ignored,143",
        "clean-up,,143",
        "return,,0"
    })
    void processOneEndsLikeAnyOther(String what, String progress, int exitCode) throws Exception {
        List<String> command = new ArrayList<>(UNSHARE);
        command.addAll(Child.command(SignalProgram.class, options(what), what));
        assumeTrue(canUnshare(), "cannot create a process namespace");
        try (Child child = Child.start(command)) {
            child.await("ready");
            child.signalChild("TERM");
            if (progress != null) {
                child.await(progress);
                child.signalChild("TERM");
            }
            child.rest();
            assertEquals(exitCode, child.exitCode());
        }
    }

    private static boolean canUnshare() throws InterruptedException {
        try {
            List<String> command = new ArrayList<>(UNSHARE);
            command.add("true");
            return new ProcessBuilder(command).start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void exitInsideTheMainTaskEndsTheProcess() throws Exception {
        try (Child child = start("7")) {
            assertEquals(List.of("exiting"), child.rest());
            assertEquals(7, child.exitCode());
        }
    }
}
