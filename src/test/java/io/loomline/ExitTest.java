package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.Child;
import io.loomline.probe.Kernel;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;

/**
 * A task that calls {@code System.exit} waits for the shutdown hooks, so no hook may wait for it.
 */
@Tag("slow")
class ExitTest {
    private static List<String> run(String what) throws Exception {
        List<String> options = new ArrayList<>(Kernel.chosen().jvmOptions());
        options.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");
        try (Child child = Child.start(ExitProgram.class, options, what)) {
            List<String> lines = child.rest();
            assertEquals(7, child.exitCode(), lines::toString);
            return lines;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"task", "two", "nested", "callback", "virtual"})
    void hookThatClosesTheRuntimeWaitsForAllOtherTasks(String where) throws Exception {
        assertEquals(List.of("cleaned up", "hook has ended"), run(where));
    }

    @Test
    void hookThatClosesAGroupEnds() throws Exception {
        assertEquals(List.of("hook has ended"), run("group"));
    }

    /** The hook does not wait for the grace period of an hour; the connection is closed. */
    @ParameterizedTest
    @ValueSource(strings = {"handler", "shutdown", "resource"})
    void hookDoesNotWaitForAHandlerThatExits(String how) throws Exception {
        List<String> lines = run(how);
        assertTrue(lines.contains("cleaned up"), lines::toString);
        assertTrue(lines.contains("the client reads -1"), lines::toString);
        assertTrue(lines.contains("hook has ended"), lines::toString);
    }

    @Test
    void hookThatJoinsTheTaskEndsAfterItsCallbacks() throws Exception {
        assertEquals(List.of("ended CANCELLED", "hook has ended"), run("join"));
    }

    /** The caller of {@code Runtime.run} ends, too, and without a stack trace. */
    @ParameterizedTest
    @ValueSource(strings = {"program", "program, joined"})
    void mainTaskOfAProgramMayExit(String what) throws Exception {
        assertEquals(List.of("cleaned up", "hook has ended"), run(what));
    }

    @Test
    void programRunsInAHook() throws Exception {
        assertEquals(List.of("served", "hook has ended"), run("program in a hook"));
    }

    @Test
    void hookThatWaitsForAClosingThreadEnds() throws Exception {
        assertEquals(List.of("cleaned up", "closed", "hook has ended"), run("main"));
    }
}
