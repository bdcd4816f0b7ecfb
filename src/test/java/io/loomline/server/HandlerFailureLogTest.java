package io.loomline.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.Child;
import io.loomline.probe.Kernel;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Log lines of connections whose handler ended with an exception. */
@Tag("slow")
class HandlerFailureLogTest {
    private static final List<String> OPTIONS =
            List.of(
                    "--enable-native-access=ALL-UNNAMED",
                    "-Dorg.slf4j.simpleLogger.log.io.loomline.server.failure.HandlerFailureLog=debug");

    /** Log lines by scenario, with PEER in place of the peer's address. */
    private final Map<String, List<String>> logged = new LinkedHashMap<>();

    @ParameterizedTest
    @ValueSource(strings = {"kernel", "memory"})
    void eachHandlerFailureIsLoggedOnce(String driver) throws Exception {
        String name = Kernel.chosen().name().toLowerCase(Locale.ROOT);
        run(driver.equals("memory") ? driver : name);
        assertBadInput();
        assertTimeouts();
        assertLogged("reset", "INFO", "a connection was lost: reading from PEER: ");
        assertLogged("reset of a health check", "DEBUG", "was lost: ");
        assertLogged("end of a health check", "DEBUG", "was closed: ");
        assertLogged("file", "WARN", "the handler of the connection from PEER failed");
        assertLogged("backend", "WARN", "the handler of the connection from PEER failed");
        assertLogged(
                "without message",
                "INFO",
                "the connection from PEER was lost: java.io.IOException");
        assertLogged(
                "before it has read",
                "INFO",
                "the connection from PEER was lost: java.io.IOException: disk full");
        for (List<String> lines : logged.values()) {
            for (String line : lines) assertFalse(line.contains("null"), line);
        }
    }

    private void run(String driver) throws Exception {
        try (Child child = Child.start(HandlerFailureProgram.class, OPTIONS, driver)) {
            String peer = "?";
            List<String> lines = new ArrayList<>();
            for (String line : child.rest()) {
                if (line.startsWith("# ")) {
                    lines = new ArrayList<>();
                    logged.put(line.substring(2), lines);
                } else if (line.startsWith("peer ")) {
                    peer = line.substring("peer ".length());
                } else if (line.contains("HandlerFailureLog - ")) {
                    lines.add(line.replace(peer, "PEER"));
                }
            }
            assertEquals(0, child.exitCode(), logged::toString);
        }
    }

    private void assertBadInput() {
        for (String what : List.of("malformed", "malformed in lines()")) {
            assertLogged(
                    what, "INFO", "a connection was closed: byte 1 of a line from PEER is not");
        }
        assertLogged(
                "line too long", "INFO", "a connection was closed: a line from PEER is longer");
        assertLogged("message too long", "INFO", "a connection was closed: ");
        assertLogged("incomplete", "INFO", "a connection was closed: expected 10 bytes");
        assertLogged(
                "incomplete in a stream",
                "INFO",
                "the connection from PEER was closed: java.io.EOFException");
    }

    private void assertTimeouts() {
        for (String reading : List.of("READ_LINE", "LINES", "STREAM")) {
            assertLogged("idle in " + reading, "INFO", "a connection was closed: idleTimeout PT5M");
            assertLogged(
                    "read timeout in " + reading,
                    "INFO",
                    "a connection was closed: readTimeout PT20S");
            assertLogged(
                    "cancelled as idle in " + reading,
                    "INFO",
                    "a connection was closed: idleTimeout PT5M");
            assertLogged(
                    "reset in " + reading, "INFO", "a connection was lost: reading from PEER: ");
        }
        assertLogged(
                "wrapped by the handler", "WARN", "the handler of the connection from PEER failed");
        assertLogged("slow line", "INFO", "a connection was closed: lineTimeout PT30S");
    }

    private void assertLogged(String what, String level, String text) {
        List<String> lines = logged.getOrDefault(what, List.of());
        assertEquals(1, lines.size(), what + ": " + lines);
        String line = lines.getFirst();
        assertTrue(line.contains(level) && line.contains(text), what + ": " + line);
        assertEquals(2, line.split("PEER", -1).length, what + " names its peer once: " + line);
    }
}
