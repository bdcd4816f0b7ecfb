package io.loomline.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;

class ProxyProtocolTest {
    @Test
    void trustsAPeerInAnyOfItsRanges() {
        ProxyProtocol rules = ProxyProtocol.from("10.0.0.0/8", "::1", "unix");
        assertTrue(rules.trusts(new InetSocketAddress(InetAddress.ofLiteral("10.1.2.3"), 1)));
        assertTrue(rules.trusts(new InetSocketAddress(InetAddress.ofLiteral("::1"), 1)));
        assertTrue(rules.trusts(UnixDomainSocketAddress.of("")));
        assertFalse(rules.trusts(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 1)));
    }

    @Test
    void hasTheDefaultsOfItsDocumentation() {
        ProxyProtocol rules = ProxyProtocol.from("::1");
        assertEquals(Duration.ofSeconds(5), rules.timeout());
        assertEquals(4096, rules.maxBytes());
        ProxyProtocol other = rules.withTimeout(Duration.ofSeconds(3)).withMaxBytes(216);
        assertEquals(
                new ProxyProtocol(List.of(AddressRange.parse("::1")), Duration.ofSeconds(3), 216),
                other);
    }

    @Test
    void refusesWhatCannotWork() {
        ProxyProtocol rules = ProxyProtocol.from("::1");
        Map<Executable, String> refused =
                Map.of(
                        () -> ProxyProtocol.from(),
                        "no trusted address: expected at least one",
                        () -> ProxyProtocol.from("::1", "proxy.test"),
                        "address range 'proxy.test': expected an address, a range such as"
                                + " 10.0.0.0/8, or unix",
                        () -> rules.withTimeout(Duration.ZERO),
                        "timeout PT0S: expected more than 0",
                        () -> rules.withMaxBytes(215),
                        "maxBytes 215: expected 216 to 65535",
                        () -> rules.withMaxBytes(65_536),
                        "maxBytes 65536: expected 216 to 65535");
        refused.forEach((call, message) -> {
            var e = assertThrows(IllegalArgumentException.class, call);
            assertEquals(message, e.getMessage());
        });
    }
}
