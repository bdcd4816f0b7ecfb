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

/** Log lines of connections whose handshake has failed: who, and why. */
@Tag("slow")
class HandshakeFailureLogTest {
    private static final List<String> OPTIONS =
            List.of(
                    "--enable-native-access=ALL-UNNAMED",
                    "-Dorg.slf4j.simpleLogger.log.io.loomline.server.HandlerFailureLog=debug");

    private final Map<String, List<String>> logged = new LinkedHashMap<>();

    @Test
    void eachFailedHandshakeIsLoggedInOneLine() throws Exception {
        run();
        assertLogged(
                "refused by the client",
                "INFO",
                "the client has refused the certificate of this server (alert"
                        + " certificate_unknown)");
        assertLogged("old client", "INFO", "protocol versions [TLSv1.2] are not accepted");
        assertLogged("without certificate", "INFO", "the client has shown no certificate");
        assertLogged("expired client", "INFO", "has expired since ");
        assertLogged("plaintext", "INFO", "127.0.0.1:");
        assertLogged("left in the middle", "INFO", "127.0.0.1:");
        assertLogged("health check", "DEBUG", "127.0.0.1:");
        assertLogged("silent", "INFO", "handshakeTimeout PT10S");
        int storm = logged.getOrDefault("storm", List.of()).size();
        assertTrue(1 <= storm && storm <= 10, () -> storm + " lines");
    }

    private void run() throws Exception {
        try (Child child = Child.start(HandshakeFailureProgram.class, OPTIONS)) {
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
