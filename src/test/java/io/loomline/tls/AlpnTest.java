package io.loomline.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.server.Server;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.Optional;

import javax.net.ssl.SSLHandshakeException;

/** The negotiation of an application protocol. */
@ParameterizedClass
@EnumSource(names = {"NIO", "MEMORY"})
class AlpnTest extends TlsFixture {
    private static List<String> names(String text) {
        return text == null ? List.of() : List.of(text.split(" "));
    }

    @ParameterizedTest
    @CsvSource({
        "h2 http/1.1, h2 http/1.1, h2",
        "http/1.1 h2, h2 http/1.1, h2", // the server's preference
        "lines h2, lines, lines",
        ", lines,",
        "lines,,",
        ",,",
        "\u00e9, \u00e9, \u00e9",
    })
    void bothSidesSeeWhatWasChosen(String offered, String supported, String chosen)
            throws Exception {
        Server server = listen(serverTls().withAlpn(names(supported)));
        for (String protocol : TlsOptions.PROTOCOLS) {
            Tls client = CLIENT.withAlpn(names(offered)).withProtocols(List.of(protocol));
            assertEquals(
                    Optional.ofNullable(chosen), session(server, client).applicationProtocol());
            assertEquals(Optional.ofNullable(chosen), sessions.getLast().applicationProtocol());
        }
    }

    @Test
    void handshakeWithoutACommonProtocolFails() throws Exception {
        Server server = listen(serverTls().withAlpn(List.of("b")));
        for (String protocol : TlsOptions.PROTOCOLS) {
            Tls client = CLIENT.withAlpn(List.of("a")).withProtocols(List.of(protocol));
            var e =
                    assertThrows(
                            SSLHandshakeException.class, () -> connect(server, client).close());
            assertTrue(e.getMessage().contains("no_application_protocol"), e::toString);
        }
        assertEquals(0, handled.get());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\u20ac"})
    void nameThatCannotBeSentIsRefused(String name) {
        assertThrows(IllegalArgumentException.class, () -> CLIENT.withAlpn(List.of("a", name)));
    }

    @Test
    void longestNameIsNegotiated() throws Exception {
        String longest = "p".repeat(255);
        Server server = listen(serverTls().withAlpn(List.of(longest)));
        TlsSession session = session(server, CLIENT.withAlpn(List.of(longest)));
        assertEquals(Optional.of(longest), session.applicationProtocol());
        assertThrows(IllegalArgumentException.class, () -> CLIENT.withAlpn(List.of(longest + "p")));
    }
}
