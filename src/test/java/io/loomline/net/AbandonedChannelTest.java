package io.loomline.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.Child;
import io.loomline.probe.Kernel;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.Locale;

/** A connection that becomes unreachable is closed, and a warning is logged. */
@Tag("slow")
class AbandonedChannelTest {
    @ParameterizedTest
    @ValueSource(strings = {"", "trace"})
    void unreachableConnectionIsClosedAndReportedOnce(String leaks) throws Exception {
        String driver = Kernel.chosen().name().toLowerCase(Locale.ROOT);
        List<String> options =
                List.of(
                        "--enable-native-access=ALL-UNNAMED",
                        "-Xcomp", // compiled code keeps alive only the references it still uses
                        "-XX:CompileCommand=quiet",
                        "-XX:CompileCommand=compileonly,io.loomline.net.*::*",
                        "-Dio.loomline.driver=" + driver,
                        "-Dio.loomline.leaks=" + leaks);
        try (Child child = Child.start(AbandonedProgram.class, options)) {
            List<String> output = child.rest();
            String all = String.join("\n", output);
            assertEquals(0, child.exitCode(), all);
            assertTrue(output.contains("all ended") && output.contains("over"), all);
            assertTrue(output.contains("read late"), all);
            String peer = output.getFirst().substring("server at ".length());
            String report = "the connection to localhost/127.0.0.1:" + peer + " was never closed";
            assertEquals(1, lines(output, report), all);
            assertEquals(leaks.isEmpty() ? 0 : 1, lines(output, "AbandonedProgram.forget("), all);
            assertEquals(leaks.isEmpty(), lines(output, "io.loomline.leaks=trace") > 0, all);
        }
    }

    private static long lines(List<String> output, String text) {
        return output.stream().filter(line -> line.contains(text)).count();
    }
}
