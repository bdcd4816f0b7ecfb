package io.loomline.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.Connection;
import io.loomline.probe.Programs;
import io.loomline.tls.Tls;
import io.loomline.tls.TlsTruncationException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import javax.net.ssl.SSLException;

/** Our client against {@code openssl s_server}. */
class OpensslServerTest extends TlsPeerFixture {
    private static final String ACCEPT = "ACCEPT 127.0.0.1:";

    private static final int ROUNDS = 5;

    private Process server;
    private int port;

    /** Starts a server that sends each line back in reverse. */
    private void startReversing(String... options) throws IOException {
        List<String> all = new ArrayList<>(List.of("-rev"));
        all.addAll(List.of(options));
        start(all);
    }

    /** Starts a server that sends its standard input. */
    private void startPiping(String... options) throws IOException {
        start(List.of(options));
    }

    private void start(List<String> options) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Programs.require("openssl", "openssl"));
        command.addAll(List.of("s_server", "-accept", "127.0.0.1:0"));
        command.addAll(List.of("-cert", SERVER_CHAIN.toString(), "-key", SERVER_KEY.toString()));
        command.addAll(options);
        server = children.start(command);
        port = Integer.parseInt(awaitLine(server, ACCEPT).substring(ACCEPT.length()));
    }

    private static void reverseLines(Connection connection) throws Exception {
        for (int i = 100; i < 200; i++) {
            String line = "line " + i;
            connection.writeLine(line);
            assertEquals(new StringBuilder(line).reverse().toString(), connection.readLine());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void readsTheAnswerToEachLine(String protocol) throws Exception {
        startReversing("-alpn", "reverse");
        Tls tls = clientTls().withProtocols(only(protocol)).withAlpn(List.of("echo", "reverse"));
        try (var connection = connect(port, tls)) {
            var session = connection.tls().orElseThrow();
            assertEquals(protocol, session.protocol());
            assertEquals(Optional.of("reverse"), session.applicationProtocol());
            reverseLines(connection);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void showsItsCertificateWhenAsked(String protocol) throws Exception {
        startReversing("-Verify", "1", "-verify_return_error", "-CAfile", CA.toString());
        Tls tls = clientTls().withProtocols(only(protocol));
        try (var connection = connect(port, tls.withCertificate(CLIENT_CHAIN, CLIENT_KEY))) {
            reverseLines(connection);
        }
        assertTrue(children.messages(server).contains("Peer certificate: CN = Ann"));
    }

    /** A client of TLS 1.3 has completed its handshake when the server refuses it. */
    @Test
    void firstReadNamesTheMissingCertificate() throws Exception {
        startReversing("-Verify", "1", "-CAfile", CA.toString());
        for (int i = 0; i < ROUNDS; i++) {
            try (var connection = connect(port, clientTls())) {
                var failure = assertThrows(SSLException.class, connection::readLine);
                assertTrue(failure.getMessage().contains("certificate_required"), "" + failure);
            }
        }
    }

    @Test
    void firstWriteThatFailsNamesTheMissingCertificate() throws Exception {
        startReversing("-Verify", "1", "-CAfile", CA.toString());
        try (var connection = connect(port, clientTls())) {
            var failure = assertThrows(SSLException.class, () -> writeOn(connection));
            assertTrue(failure.getMessage().contains("certificate_required"), failure::toString);
        }
    }

    /** The server reads on for half a second after it has refused us. */
    private static void writeOn(Connection connection) throws Exception {
        while (true) {
            connection.writeLine("is anyone there?");
            connection.flush();
        }
    }

    @Test
    void connectNamesTheMissingCertificateInTls12() throws Exception {
        startReversing("-Verify", "1", "-CAfile", CA.toString());
        Tls tls = clientTls().withProtocols(only("TLSv1.2"));
        var failure = assertThrows(IOException.class, () -> connect(port, tls));
        assertTrue(failure.getMessage().contains("handshake_failure"), failure::toString);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void resumesASession(String protocol) throws Exception {
        startPiping();
        Tls tls = clientTls().withProtocols(only(protocol));
        try (var connection = connect(port, tls)) {
            type(server, "hello\n"); // behind the session ticket of TLS 1.3
            assertEquals("hello", connection.readLine());
        }
        try (var connection = connect(port, tls)) {
            awaitLine(server, "Reused session-id");
            type(server, "hello\n");
            assertEquals("hello", connection.readLine());
        }
    }

    /** The letter r is a command. */
    @Test
    void refusesARenegotiation() throws Exception {
        startPiping();
        try (var connection = connect(port, clientTls().withProtocols(only("TLSv1.2")))) {
            awaitLine(server, "END SSL SESSION");
            type(server, "r\n");
            var failure = assertThrows(SSLException.class, connection::readLine);
            assertTrue(failure.getMessage().contains("renegotiation"), failure::toString);
        }
    }

    /** The line CLOSE is a command. */
    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void readsTheEndThatTheServerNotifies(String protocol) throws Exception {
        startReversing();
        try (var connection = connect(port, clientTls().withProtocols(only(protocol)))) {
            reverseLines(connection);
            connection.writeLine("CLOSE");
            assertNull(connection.readLine());
        }
    }

    @Test
    void theEndOfAServerThatIsKilledIsAnError() throws Exception {
        startPiping();
        try (var connection = connect(port, clientTls())) {
            type(server, "one\ntwo\nthr");
            assertEquals("one", connection.readLine());
            server.destroyForcibly().onExit().join();
            assertEquals("two", connection.readLine());
            assertThrows(TlsTruncationException.class, connection::readLine);
        }
    }

    @Test
    void refusesAnUnknownIssuer() throws Exception {
        startReversing();
        var failure = assertThrows(IOException.class, () -> connect(port, Tls.client()));
        assertTrue(failure.getMessage().contains("unknown issuer"), failure::toString);
    }

    @Test
    void refusesACertificateForAnotherHost() throws Exception {
        startReversing();
        Tls tls = clientTls().withServerName("other.example");
        var failure = assertThrows(IOException.class, () -> connect(port, tls));
        assertTrue(failure.getMessage().contains("other.example"), failure::toString);
        assertTrue(failure.getMessage().contains(HOST), failure::toString);
    }
}
