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

/** What the log says of connections that a handler gave up. */
@Tag("slow")
class HandlerFailureLogTest {
    private static final List<String> OPTIONS =
            List.of(
                    "--enable-native-access=ALL-UNNAMED",
                    "-Dorg.slf4j.simpleLogger.log.io.loomline.server.HandlerFailureLog=debug");

    /** The lines of the log, by what happened; the address of each peer stands as PEER. */
    private final Map<String, List<String>> told = new LinkedHashMap<>();

    @ParameterizedTest
    @ValueSource(strings = {"kernel", "memory"})
    void eachHandlerFailureIsLoggedOnce(String driver) throws Exception {
        String name = Kernel.chosen().name().toLowerCase(Locale.ROOT);
        run(driver.equals("memory") ? driver : name);
        assertBadInput();
        assertTimeouts();
        assertTold("reset", "INFO", "a connection was lost: reading from PEER: ");
        assertTold("reset of a health check", "DEBUG", "was lost: ");
        assertTold("end of a health check", "DEBUG", "was closed: ");
        assertTold("file", "WARN", "the handler of the connection from PEER failed");
        assertTold("backend", "WARN", "the handler of the connection from PEER failed");
        assertTold(
                "without words", "INFO", "the connection from PEER was lost: java.io.IOException");
        assertTold(
                "before it has read",
                "INFO",
                "the connection from PEER was lost: java.io.IOException: disk full");
        for (List<String> lines : told.values()) {
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
                    told.put(line.substring(2), lines);
                } else if (line.startsWith("peer ")) {
                    peer = line.substring("peer ".length());
                } else if (line.contains("HandlerFailureLog - ")) {
                    lines.add(line.replace(peer, "PEER"));
                }
            }
            assertEquals(0, child.exitCode(), told::toString);
        }
    }

    private void assertBadInput() {
        for (String what : List.of("malformed", "malformed in lines()")) {
            assertTold(what, "INFO", "a connection was closed: byte 1 of a line from PEER is not");
        }
        assertTold("line too long", "INFO", "a connection was closed: a line from PEER is longer");
        assertTold("message too long", "INFO", "a connection was closed: ");
        assertTold("incomplete", "INFO", "a connection was closed: expected 10 bytes");
        assertTold(
                "incomplete in a stream",
                "INFO",
                "the connection from PEER was closed: java.io.EOFException");
    }

    private void assertTimeouts() {
        for (String reading : List.of("READ_LINE", "LINES", "STREAM")) {
            assertTold("idle in " + reading, "INFO", "a connection was closed: idleTimeout PT5M");
            assertTold(
                    "read timeout in " + reading,
                    "INFO",
                    "a connection was closed: readTimeout PT20S");
            assertTold(
                    "cancelled as idle in " + reading,
                    "INFO",
                    "a connection was closed: idleTimeout PT5M");
            assertTold("reset in " + reading, "INFO", "a connection was lost: reading from PEER: ");
        }
        assertTold(
                "wrapped by the handler", "WARN", "the handler of the connection from PEER failed");
        assertTold("slow line", "INFO", "a connection was closed: lineTimeout PT30S");
    }

    private void assertTold(String what, String level, String text) {
        List<String> lines = told.getOrDefault(what, List.of());
        assertEquals(1, lines.size(), what + ": " + lines);
        String line = lines.getFirst();
        assertTrue(line.contains(level) && line.contains(text), what + ": " + line);
        assertEquals(2, line.split("PEER", -1).length, what + " names its peer once: " + line);
    }
}
