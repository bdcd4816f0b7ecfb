package io.loomline.observe.inspector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.Child;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;

/** What a process does that is started with the property, without it, or without the module. */
class InspectorPropertyTest {
    private static final String QUIET = "-Dorg.slf4j.simpleLogger.defaultLogLevel=error";
    private static final String LOGGED =
            "-Dorg.slf4j.simpleLogger.log.io.loomline.observe.inspector.Inspector=info";
    private static final String WITHOUT_SERVER =
            "--limit-modules=java.base,java.management,jdk.management,jdk.net,jdk.unsupported";

    private static List<String> run(List<String> options, String... arguments)
            throws IOException, InterruptedException {
        try (Child child = Child.start(InspectedProgram.class, options, arguments)) {
            List<String> lines = child.rest();
            assertEquals(0, child.exitCode(), lines::toString);
            return lines;
        }
    }

    @Test
    void propertyServesTheFirstRuntimeAndKeepsNoProcessAlive() throws Exception {
        assertEquals(List.of("true", "false"), run(List.of(QUIET, "-Dio.loomline.inspector=0")));
    }

    @Test
    void optionServesEach() throws Exception {
        assertEquals(List.of("true", "true"), run(List.of(QUIET), "option"));
    }

    @Test
    void addressIsLogged() throws Exception {
        List<String> lines = run(List.of(LOGGED, "-Dio.loomline.inspector=0"));
        assertTrue(lines.toString().contains("read-only: http://127.0.0.1:"), lines::toString);
        List<String> actions =
                run(
                        List.of(
                                LOGGED,
                                "-Dio.loomline.inspector=0",
                                "-Dio.loomline.inspector.actions=true"));
        assertTrue(actions.toString().matches(".*/#token=[\\w-]{22}.*"), actions::toString);
    }

    @Test
    void wrongPropertyIsAnError() throws Exception {
        assertEquals(
                List.of(
                        "IllegalArgumentException: property io.loomline.inspector is x: expected 0"
                                + " to 65535"),
                run(List.of(QUIET, "-Dio.loomline.inspector=x")));
    }

    @Test
    void withoutThePropertyNothingIsNeeded() throws Exception {
        assertEquals(List.of("false", "false"), run(List.of(QUIET, WITHOUT_SERVER)));
    }

    @Test
    void portOfThePropertyThatIsTakenIsAWarning() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            String property = "-Dio.loomline.inspector=" + taken.getLocalPort();
            assertEquals(List.of("false", "false"), run(List.of(QUIET, property)));
            List<String> lines = run(List.of(property));
            assertTrue(lines.toString().contains("WARN"), lines::toString);
            assertTrue(
                    lines.toString().contains("no inspector, as property io.loomline.inspector"),
                    lines::toString);
        }
    }

    @Test
    void propertyWithoutTheModuleIsAWarning() throws Exception {
        String property = "-Dio.loomline.inspector=0";
        assertEquals(List.of("false", "false"), run(List.of(QUIET, WITHOUT_SERVER, property)));
    }

    @Test
    void missingModuleIsNamed() throws Exception {
        assertEquals(
                List.of(
                        "UnsupportedOperationException: the inspector needs the module"
                                + " jdk.httpserver: start java with --add-modules"
                                + " jdk.httpserver"),
                run(List.of(QUIET, WITHOUT_SERVER), "option"));
    }
}
