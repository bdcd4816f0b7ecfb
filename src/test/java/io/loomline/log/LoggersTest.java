package io.loomline.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.Child;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.regex.Pattern;

/** The destination of log lines. */
@Tag("slow")
class LoggersTest {
    @Test
    void withoutAProviderFailuresGoToStandardErrorOnce() throws Exception {
        try (Child child = Child.startWithoutLogger(NoProviderProgram.class)) {
            List<String> output = child.rest();
            assertEquals(0, child.exitCode());
            String all = String.join("\n", output);
            for (String fault :
                    List.of(
                            "java.lang.IllegalStateException: the handler's fault",
                            "java.io.IOException: the task's fault",
                            "java.lang.IllegalArgumentException: the callback's fault",
                            "io.loomline.probe.HostileException")) {
                assertEquals(2, all.split(Pattern.quote(fault), -1).length, all);
            }
            assertTrue(
                    all.contains(
                            "WARN io.loomline.server.failure.HandlerFailureLog - the handler of"),
                    all);
            assertTrue(all.contains("at io.loomline.log.NoProviderProgram."), all);
            assertTrue(output.stream().noneMatch(line -> line.startsWith("INFO")), all);
        }
    }
}
