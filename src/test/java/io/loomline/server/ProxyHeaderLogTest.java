package io.loomline.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.util.List;

/** Log lines of connections that were refused for their PROXY header: who, and why. */
@Tag("slow")
class ProxyHeaderLogTest {
    @Test
    void eachRefusedConnectionIsLoggedInOneLine() throws Exception {
        var log = ConnectionLog.of(ProxyHeaderLogProgram.class);
        log.assertLogged("malformed", "INFO", "the first bytes are not those of a PROXY header");
        log.assertLogged("escaped", "INFO", "'PROXY TCP4 \\u001b[2J x y z'");
        log.assertLogged("cut", "INFO", "ended its output after 10 bytes: expected a PROXY header");
        log.assertLogged("health check", "DEBUG", "after 0 bytes");
        log.assertLogged("late", "INFO", "no complete PROXY header within PT5S");
        log.assertLogged("untrusted", "INFO", "it is not a trusted proxy");
        log.assertLimited("storm");
        assertTrue(log.has("idle local"));
        assertEquals(List.of(), log.lines("idle local"));
    }
}
