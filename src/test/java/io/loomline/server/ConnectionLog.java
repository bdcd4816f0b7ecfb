package io.loomline.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.Child;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a program has logged of connections that were not served, under the headings it prints. */
final class ConnectionLog {
    private static final List<String> OPTIONS =
            List.of(
                    "--enable-native-access=ALL-UNNAMED",
                    "-Dorg.slf4j.simpleLogger.log.io.loomline.server.failure.HandlerFailureLog=debug");

    private final Map<String, List<String>> logged = new LinkedHashMap<>();

    /** Runs a program, which must end with 0 and log no stack trace. */
    static ConnectionLog of(Class<?> program) throws Exception {
        var log = new ConnectionLog();
        try (Child child = Child.start(program, OPTIONS)) {
            List<String> lines = new ArrayList<>();
            for (String line : child.rest()) {
                if (line.startsWith("# ")) {
                    lines = new ArrayList<>();
                    log.logged.put(line.substring(2), lines);
                } else if (line.contains("HandlerFailureLog - ")) {
                    lines.add(line);
                } else {
                    assertFalse(line.startsWith("\tat "), line);
                }
            }
            assertEquals(0, child.exitCode(), log.logged::toString);
        }
        return log;
    }

    /** The lines under a heading; none if the program has not printed it. */
    List<String> lines(String heading) {
        return logged.getOrDefault(heading, List.of());
    }

    boolean has(String heading) {
        return logged.containsKey(heading);
    }

    /** Requires a single line under a heading, which names the peer. */
    void assertLogged(String heading, String level, String text) {
        List<String> lines = lines(heading);
        assertEquals(1, lines.size(), heading + ": " + lines);
        String line = lines.getFirst();
        assertTrue(line.contains(level) && line.contains(text), heading + ": " + line);
        assertTrue(line.contains("127.0.0.1:"), heading + " names its peer: " + line);
    }

    /** Requires that many failures at once are logged, at a limited rate. */
    void assertLimited(String heading) {
        int storm = lines(heading).size();
        assertTrue(1 <= storm && storm <= 10, () -> storm + " lines");
    }
}
