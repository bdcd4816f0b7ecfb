package io.loomline.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.loomline.Drivers;
import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.probe.Child;
import io.loomline.probe.MdcProbe;

import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

import java.util.List;

class LogContextTest {
    /** In a process of its own, because the provider of the tests keeps no context. */
    @Test
    void handlersLogLinesNameTaskAndPeer() throws Exception {
        var options =
                List.of(
                        "-Dslf4j.provider=" + MdcProbe.class.getName(),
                        "-Dslf4j.internal.verbosity=WARN");
        try (Child child = Child.start(Program.class, options)) {
            assertEquals(List.of("ok", "null"), child.rest());
        }
    }

    /** Prints whether a handler has the keys, and a key after its end. */
    static final class Program {
        public static void main(String[] args) throws Exception {
            try (var runtime = Runtime.open(RuntimeOptions.DEFAULT.withDriver(Drivers.memory()))) {
                var server =
                        runtime.listen(
                                7000,
                                LogContext.around(connection -> {
                                    String wanted = connection.remoteAddress().toString();
                                    boolean found =
                                            wanted.equals(MDC.get(LogContext.PEER))
                                                    && MDC.get(LogContext.TASK) != null
                                                    && MDC.get(LogContext.TASK_ID) != null
                                                    && MDC.get(LogContext.LOCAL) != null;
                                    connection.writeLine(found ? "ok" : "missing");
                                }));
                try (var client = runtime.connect("localhost", 7000)) {
                    System.out.println(client.readLine());
                }
                server.close();
                System.out.println(MDC.get(LogContext.PEER));
            }
        }
    }
}
