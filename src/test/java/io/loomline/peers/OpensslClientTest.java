package io.loomline.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.Connection;
import io.loomline.probe.Programs;
import io.loomline.tls.Tls;
import io.loomline.tls.Tls.ClientAuth;
import io.loomline.tls.TlsSession;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

import javax.net.ssl.SSLException;

/** Our server against {@code openssl s_client}. */
class OpensslClientTest extends TlsPeerFixture {
    /** Starts the client; a line of its standard input that is one letter may be a command. */
    private Process start(int port, String... options) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Programs.require("openssl", "openssl"));
        command.addAll(List.of("s_client", "-connect", "127.0.0.1:" + port));
        command.addAll(List.of("-servername", HOST, "-verify_hostname", HOST));
        command.addAll(List.of("-CAfile", CA.toString(), "-verify_return_error"));
        command.addAll(List.of(options));
        return children.start(command);
    }

    /** The first line tells what was negotiated. */
    private static void showAndEcho(Connection connection) throws Exception {
        TlsSession session = connection.tls().orElseThrow();
        connection.writeLine(
                "%s, %s, %s"
                        .formatted(
                                session.protocol(),
                                session.applicationProtocol().orElse("no ALPN"),
                                session.serverName().orElse("no SNI")));
        echo(connection);
    }

    @ParameterizedTest
    @CsvSource({
        "-tls1_3, 'TLSv1.3, no ALPN, localhost'",
        "-tls1_2, 'TLSv1.2, no ALPN, localhost'",
        "-tls1_3 -alpn other;echo, 'TLSv1.3, echo, localhost'",
        "-tls1_2 -alpn other;echo, 'TLSv1.2, echo, localhost'",
    })
    void echoesLinesUpToItsCloseNotify(String options, String negotiated) throws Exception {
        var ended = new CompletableFuture<Throwable>();
        Tls tls = serverTls().withAlpn(List.of("echo"));
        int port = listen(tls, ended, OpensslClientTest::showAndEcho);
        Process client = start(port, ("-brief " + options.replace(';', ',')).split(" "));
        awaitLine(client, negotiated);
        for (int i = 0; i < 100; i++) {
            type(client, "line " + i + "\n");
            awaitLine(client, "line " + i);
        }
        client.outputWriter().close();
        assertNull(ended.get());
        assertEquals(0, client.waitFor());
        assertTrue(children.messages(client).contains("Verification: OK"));
    }

    @Test
    void refusesAClientWithoutACommonApplicationProtocol() throws Exception {
        var handled = new AtomicInteger();
        int port = listen(serverTls().withAlpn(List.of("echo")), _ -> handled.incrementAndGet());
        Process client = start(port, "-alpn", "other");
        assertEquals(1, client.waitFor());
        String messages = children.messages(client);
        assertTrue(messages.contains("alert no application protocol"), messages);
        assertEquals(0, handled.get());
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void certificateOfTheClientIsInTheSession(String protocol) throws Exception {
        Tls tls = demandingTls().withProtocols(only(protocol));
        int port =
                listen(
                        tls,
                        connection -> {
                            TlsSession session = connection.tls().orElseThrow();
                            var peer = session.peerCertificates().getFirst();
                            connection.writeLine("You are " + peer.getSubjectX500Principal());
                            connection.readLine();
                        });
        Process client =
                start(
                        port,
                        "-brief",
                        "-cert",
                        CLIENT_CHAIN.toString(),
                        "-key",
                        CLIENT_KEY.toString());
        awaitLine(client, "You are CN=Ann");
    }

    private static Tls demandingTls() throws IOException {
        return serverTls().withTrustedCertificates(CA).withClientAuth(ClientAuth.NEED);
    }

    @ParameterizedTest
    @CsvSource({"TLSv1.3, alert certificate required", "TLSv1.2, alert"})
    void refusesAClientWithoutACertificate(String protocol, String alert) throws Exception {
        var handled = new AtomicInteger();
        Tls tls = demandingTls().withProtocols(only(protocol));
        int port = listen(tls, _ -> handled.incrementAndGet());
        Process client = start(port, "-brief");
        assertEquals(1, client.waitFor());
        String messages = children.messages(client);
        assertTrue(messages.contains(alert), messages);
        assertEquals(0, handled.get());
    }

    @ParameterizedTest
    @ValueSource(strings = {"-tls1_3", "-tls1_2"})
    void resumesASession(String version, @TempDir Path directory) throws Exception {
        String session = directory.resolve("session").toString();
        int port = listen(serverTls(), TlsPeerFixture::echo);
        Process first = start(port, version, "-sess_out", session);
        awaitLine(first, "New, TLSv1");
        end(first);
        Process second = start(port, version, "-sess_in", session);
        awaitLine(second, "Reused, TLSv1");
        end(second);
    }

    /** A session ticket of TLS 1.3 comes before the echo. */
    private static void end(Process client) throws Exception {
        type(client, "hello\n");
        awaitLine(client, "hello");
        client.outputWriter().close();
        assertEquals(0, client.waitFor());
    }

    /** What a failed handler has written may be only a part, and the client can tell. */
    @Test
    void sendsNoCloseNotifyAfterAFailure() throws Exception {
        int port =
                listen(
                        serverTls(),
                        connection -> {
                            connection.writeLine("the first half");
                            throw new EOFException("the second half is missing");
                        });
        Process client = start(port, "-brief");
        awaitLine(client, "the first half");
        assertEquals(1, client.waitFor());
        String messages = children.messages(client);
        assertTrue(messages.contains("unexpected eof"), messages);
    }

    @Test
    void refusesARenegotiation() throws Exception {
        var ended = new CompletableFuture<Throwable>();
        int port = listen(serverTls(), ended, TlsPeerFixture::echo);
        Process client = start(port, "-brief", "-tls1_2");
        type(client, "hello\n");
        awaitLine(client, "hello");
        type(client, "R\n");
        var failure = assertInstanceOf(SSLException.class, ended.get());
        assertTrue(failure.getMessage().contains("renegotiation"), failure::toString);
        assertEquals(1, client.waitFor());
    }

    /** The letter k changes the key of the client, and K also that of the server. */
    @Test
    void goesOnAfterAChangeOfKeys() throws Exception {
        var ended = new CompletableFuture<Throwable>();
        int port = listen(serverTls(), ended, TlsPeerFixture::echo);
        Process client = start(port, "-brief", "-tls1_3");
        for (int i = 0; i < 6; i++) {
            type(client, "line " + i + "\n");
            awaitLine(client, "line " + i);
            int before = keyUpdates(client);
            type(client, i % 2 == 0 ? "k\n" : "K\n");
            while (keyUpdates(client) == before) Thread.onSpinWait();
        }
        type(client, "last line\n");
        awaitLine(client, "last line");
        client.outputWriter().close();
        assertNull(ended.get());
    }

    private int keyUpdates(Process client) throws IOException {
        return children.messages(client).split("KEYUPDATE", -1).length;
    }

    @Test
    void refusesOldProtocols() throws Exception {
        var handled = new AtomicInteger();
        int port = listen(serverTls(), _ -> handled.incrementAndGet());
        Process client = start(port, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0");
        assertEquals(1, client.waitFor());
        String messages = children.messages(client);
        assertTrue(messages.contains("alert protocol version"), messages);
        assertEquals(0, handled.get());
    }
}
