package io.loomline.server.listen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.CapturedLog;
import io.loomline.server.Listeners;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/** What the environment variables of a service manager say. */
class InheritedDescriptorsTest {
    private static final long PID = 4711;

    private static List<Integer> of(Map<String, String> environment, String name)
            throws IOException {
        return InheritedDescriptors.of(environment, PID, name);
    }

    private static Map<String, String> passed(String count, String names) {
        return Map.of("LISTEN_FDS", count, "LISTEN_PID", "" + PID, "LISTEN_FDNAMES", names);
    }

    @Test
    void descriptorsBeginAtThree() throws Exception {
        var environment = Map.of("LISTEN_FDS", "2", "LISTEN_PID", "" + PID);
        assertEquals(List.of(3, 4), of(environment, null));
        assertEquals(List.of(3, 4), of(environment, "unknown")); // as systemd calls them
        assertEquals(List.of(), of(environment, "web"));
    }

    @Test
    void namesSelectDescriptors() throws Exception {
        var environment = passed("3", "web:admin:web");
        assertEquals(List.of(3, 5), of(environment, "web"));
        assertEquals(List.of(4), of(environment, "admin"));
        assertEquals(List.of(), of(environment, "we"));
        assertEquals(List.of(3, 4, 5), of(environment, null));
    }

    @Test
    void nothingIsPassed() throws Exception {
        assertEquals(List.of(), of(Map.of(), null));
        assertEquals(List.of(), of(Map.of("LISTEN_FDS", "1"), null));
        assertEquals(List.of(), of(Map.of("LISTEN_FDS", "0", "LISTEN_PID", "" + PID), null));
    }

    @Test
    void warningNamesTheProcessThatHasTheDescriptors() throws Exception {
        try (var log = new CapturedLog()) {
            of(Map.of("LISTEN_FDS", "1", "LISTEN_PID", "17"), null);
            assertEquals(1, log.lines("for process 17, this is process " + PID).size());
        }
    }

    @Test
    void warningListsTheNamesIfNoneMatches() throws Exception {
        try (var log = new CapturedLog()) {
            of(passed("2", "web:admin"), "admin");
            assertEquals(0, log.lines("admin").size());
            of(passed("2", "web:admin"), "admn");
            assertEquals(1, log.lines("as admn: the names are [web, admin]").size());
        }
    }

    @Test
    void descriptorsOfAnotherProcessAreNotInherited() throws Exception {
        assertEquals(List.of(), of(Map.of("LISTEN_FDS", "1", "LISTEN_PID", "1"), null));
        assertEquals(List.of(), of(Map.of("LISTEN_FDS", "x", "LISTEN_PID", "1"), null));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "1.5", "x", "99999999999999999999", "1000000", "\u001b[1m"})
    void badCountIsNamed(String count) {
        var environment = Map.of("LISTEN_FDS", count, "LISTEN_PID", "" + PID);
        var e = assertThrows(IOException.class, () -> of(environment, null));
        assertTrue(e.getMessage().contains("LISTEN_FDS"), e::toString);
        assertTrue(e.getMessage().contains("expected a number from 0 to"), e::toString);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "-4711", "me"})
    void badProcessIsNamed(String process) {
        var environment = Map.of("LISTEN_FDS", "1", "LISTEN_PID", process);
        var e = assertThrows(IOException.class, () -> of(environment, null));
        assertTrue(e.getMessage().contains("LISTEN_PID is '" + process + "'"), e::toString);
    }

    @Test
    void wrongNumberOfNamesIsNamed() {
        for (String names : List.of("", "web:admin:")) {
            var e = assertThrows(IOException.class, () -> of(passed("2", names), null));
            assertTrue(e.getMessage().contains("LISTEN_FDNAMES is '" + names), e::toString);
            assertTrue(e.getMessage().contains("expected 2 names"), e::toString);
        }
    }

    @Test
    void badNameOrAddressIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> Listeners.inherited(""));
        assertThrows(IllegalArgumentException.class, () -> Listeners.inherited("a:b"));
        assertThrows(IllegalArgumentException.class, Listeners::at);
    }
}
