package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

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
import java.util.List;

/** What becomes of a program that the user, or the system, tells to end. */
@Tag("slow")
class SignalTest {
    private static final int SIGINT_BIT = 1 << (2 - 1);

    /** Who runs us in the background may have switched SIGINT off for us and our children. */
    @BeforeAll
    static void signalsReachUs() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) return;
        long ignored =
                Files.readAllLines(status).stream()
                        .filter(line -> line.startsWith("SigIgn:"))
                        .map(line -> line.substring("SigIgn:".length()).strip())
                        .mapToLong(mask -> Long.parseUnsignedLong(mask, 16))
                        .findFirst()
                        .orElse(0);
        assumeFalse((ignored & SIGINT_BIT) != 0, "SIGINT is ignored here");
    }

    private static Child start(String what) throws IOException {
        return Child.start(SignalProgram.class, List.of(), what);
    }

    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM"})
    void firstSignalCancelsTheMainTaskAndLetsItCleanUp(String signal) throws Exception {
        try (Child child = start("clean-up")) {
            child.await("ready");
            child.signal(signal);
            String reason = child.readLine();
            assertTrue(reason.startsWith("cleaning up after: "), reason);
            assertTrue(reason.contains("SIG" + signal), reason);
            assertEquals("cleaned up", child.readLine());
            String rest = String.join("\n", child.rest());
            assertTrue(rest.contains("CancellationException"), rest);
            assertTrue(rest.contains("SIG" + signal), rest);
            assertEquals(1, child.exitCode());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM"})
    void mainThatReturnsAllTheSameHasItsResult(String signal) throws Exception {
        try (Child child = start("return")) {
            child.await("ready");
            child.signal(signal);
            assertEquals(List.of("returned in spite of it"), child.rest());
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

    /** As by default, whichever signal it is. */
    @ParameterizedTest
    @CsvSource({"INT,TERM,143", "TERM,INT,130"})
    void secondSignalEndsTheProcessAlsoWhenItIsTheOther(String first, String second, int exitCode)
            throws Exception {
        try (Child child = start("ignore")) {
            child.await("ready");
            child.signal(first);
            child.await("ignored");
            child.signal(second);
            assertEquals(exitCode, child.exitCode());
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
