package io.loomline.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.Drivers;
import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.probe.Leftovers;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/** A host is a name or an IP address: a port, a scheme and the rest of a URL are rejected. */
class HostNameTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    @ParameterizedTest
    @CsvSource({
        "localhost:80, port",
        "127.0.0.1:80, port",
        "[::1]:80, port",
        "localhost:, port",
        "http://host/, scheme",
        "http://host, scheme",
        "https://[::1]:443/path, scheme",
        "redis://user@host:6379, scheme",
        "user@host, user",
        "user:password@host, user",
        "host/path, path"
    })
    void partOfAUrlIsRejectedAndNamed(String host, String surplus) {
        var e = assertThrows(IllegalArgumentException.class, () -> HostName.require(host));
        assertEquals(
                "host '"
                        + host
                        + "' has a "
                        + surplus
                        + ": expected a name or an IP address, and nothing else",
                e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\t\n"})
    void blankHostIsRejected(String host) {
        var e = assertThrows(IllegalArgumentException.class, () -> HostName.require(host));
        assertEquals("host is blank: expected a name or an IP address", e.getMessage());
    }

    @Test
    void controlCharactersOfAHostAreEscapedInTheMessage() {
        var e = assertThrows(IllegalArgumentException.class, () -> HostName.require("a\n:80"));
        assertTrue(e.getMessage().startsWith("host 'a\\u000a:80' has a port"), e::toString);
    }

    @ParameterizedTest
    @CsvSource({
        "localhost, localhost",
        "example.org., example.org.",
        "m\u00fcller.test, m\u00fcller.test",
        "under_score.test, under_score.test",
        "127.0.0.1, 127.0.0.1",
        "::1, ::1",
        "[::1], ::1",
        "::ffff:10.0.0.1, ::ffff:10.0.0.1",
        "[fe80::1%eth0.5], fe80::1%eth0.5",
        "fe80::1%nosuch0, fe80::1%nosuch0"
    })
    void nameOrAddressIsAcceptedWithoutBrackets(String host, String expected) {
        assertEquals(expected, HostName.require(host));
        assertEquals(expected, Dialer.unresolved(host, 80).getHostString());
    }

    @Test
    void proxyRejectsAUrlAsItsHost() {
        assertThrows(IllegalArgumentException.class, () -> Proxy.http("http://proxy", 3128));
        assertThrows(IllegalArgumentException.class, () -> Proxy.socks5("proxy:1080", 1080));
    }

    @Test
    void unresolvedAddressWithAPortInItsHostIsUnknownAndNotLookedUp() {
        var address = InetSocketAddress.createUnresolved("localhost:80", 80);
        var options =
                ConnectOptions.DEFAULT.withResolver(host -> {
                    throw new AssertionError("looked up " + host);
                });
        try (var runtime = Runtime.open(RuntimeOptions.DEFAULT.withDriver(Drivers.memory()))) {
            var e =
                    assertThrows(
                            UnknownHostException.class, () -> runtime.connect(address, options));
            assertTrue(e.getMessage().startsWith("host 'localhost:80' has a port"), e::toString);
        }
    }
}
