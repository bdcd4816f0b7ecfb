package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.Child;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

/** A task that calls {@code System.exit} waits for the hooks: no hook waits for that task. */
@Tag("slow")
class ExitTest {
    private static List<String> run(String what) throws Exception {
        String driver = System.getProperty("io.loomline.driver", "");
        List<String> options =
                List.of(
                        "--enable-native-access=ALL-UNNAMED",
                        "-Dio.loomline.driver=" + driver,
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");
        try (Child child = Child.start(ExitProgram.class, options, what)) {
            List<String> lines = child.rest();
            assertEquals(7, child.exitCode(), lines::toString);
            return lines;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"task", "two", "nested", "callback", "virtual"})
    void hookThatClosesTheRuntimeWaitsForAllOthers(String where) throws Exception {
        assertEquals(List.of("cleaned up", "hook is through"), run(where));
    }

    @Test
    void hookThatClosesAGroupIsThrough() throws Exception {
        assertEquals(List.of("hook is through"), run("group"));
    }

    /**
     * The handler that exits does not use up the grace of an hour, and its connection is closed.
     */
    @ParameterizedTest
    @ValueSource(strings = {"handler", "shutdown"})
    void hookWaitsForNoHandlerThatExits(String how) throws Exception {
        List<String> lines = run(how);
        assertTrue(lines.contains("cleaned up"), lines::toString);
        assertTrue(lines.contains("the connection says -1"), lines::toString);
        assertEquals("hook is through", lines.getLast(), lines::toString);
    }

    @Test
    void hookThatJoinsTheTaskIsThroughAndCallbacksHaveRun() throws Exception {
        assertEquals(List.of("ended CANCELLED", "hook is through"), run("join"));
    }

    @Test
    void hookThatWaitsForAThreadThatClosesIsThrough() throws Exception {
        assertEquals(List.of("cleaned up", "closed", "hook is through"), run("main"));
    }
}
