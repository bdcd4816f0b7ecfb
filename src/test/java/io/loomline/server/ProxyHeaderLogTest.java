package io.loomline.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.Child;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Log lines of connections that were refused for their PROXY header: who, and why. */
@Tag("slow")
class ProxyHeaderLogTest {
    private static final List<String> OPTIONS =
            List.of(
                    "--enable-native-access=ALL-UNNAMED",
                    "-Dorg.slf4j.simpleLogger.log.io.loomline.server.HandlerFailureLog=debug");

    private final Map<String, List<String>> logged = new LinkedHashMap<>();

    @Test
    void eachRefusedConnectionIsLoggedInOneLine() throws Exception {
        run();
        assertLogged("malformed", "INFO", "the first bytes are not those of a PROXY header");
        assertLogged("escaped", "INFO", "'PROXY TCP4 \\u001b[2J x y z'");
        assertLogged("cut", "INFO", "ended its output after 10 bytes: expected a PROXY header");
        assertLogged("health check", "DEBUG", "after 0 bytes");
        assertLogged("late", "INFO", "no complete PROXY header within PT5S");
        assertLogged("untrusted", "INFO", "it is not a trusted proxy");
        int storm = logged.getOrDefault("storm", List.of()).size();
        assertTrue(1 <= storm && storm <= 10, () -> storm + " lines");
        assertEquals(List.of(), logged.get("idle local"));
    }

    private void run() throws Exception {
        try (Child child = Child.start(ProxyHeaderLogProgram.class, OPTIONS)) {
            List<String> lines = new ArrayList<>();
            for (String line : child.rest()) {
                if (line.startsWith("# ")) {
                    lines = new ArrayList<>();
                    logged.put(line.substring(2), lines);
                } else if (line.contains("HandlerFailureLog - ")) {
                    lines.add(line);
                } else {
                    assertFalse(line.startsWith("\tat "), line);
                }
            }
            assertEquals(0, child.exitCode(), logged::toString);
        }
    }

    private void assertLogged(String what, String level, String text) {
        List<String> lines = logged.getOrDefault(what, List.of());
        assertEquals(1, lines.size(), what + ": " + lines);
        String line = lines.getFirst();
        assertTrue(line.contains(level) && line.contains(text), what + ": " + line);
        assertTrue(line.contains("127.0.0.1:"), what + " names its peer: " + line);
    }
}
