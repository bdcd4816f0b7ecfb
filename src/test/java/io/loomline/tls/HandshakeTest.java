package io.loomline.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.RuntimeOptions;
import io.loomline.connect.ConnectOptions;
import io.loomline.driver.Driver;
import io.loomline.net.Connection;
import io.loomline.net.ConnectionHandler;
import io.loomline.probe.Call;
import io.loomline.probe.Eventually;
import io.loomline.server.Server;
import io.loomline.server.ServerOptions;
import io.loomline.server.ShutdownReport;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** Clients that leave, wait or speak no TLS while a server runs their handshake. */
@ParameterizedClass
@EnumSource(names = {"NIO", "EPOLL", "UNIX", "MEMORY"})
class HandshakeTest extends TlsFixture {
    private Driver driver;

    @Override
    RuntimeOptions options() {
        driver = place.newDriver();
        return RuntimeOptions.DEFAULT.withDriver(driver);
    }

    /** Returns once the server runs the handshake of a client that sends nothing. */
    private Connection silentClient(Server server) throws Exception {
        int before = server.connectionCount();
        Connection client = runtime.connect(server.localAddress());
        Eventually.holds(() -> server.connectionCount() > before);
        return client;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void clientMayLeaveAtEveryStep(boolean aborts) throws Exception {
        Server server = listen(serverTls());
        for (String protocol : TlsOptions.PROTOCOLS) {
            Tls tls = CLIENT.withProtocols(List.of(protocol)).withServerName(HOST);
            int steps = 0;
            while (!completes(server, tls, steps, aborts)) steps++;
            assertTrue(steps >= 2, () -> "the handshake has more flights");
        }
        Eventually.holds(() -> server.connectionCount() == 0);
        assertEquals("hello", exchange(connect(server, CLIENT), "hello"));
    }

    private boolean completes(Server server, Tls tls, int steps, boolean aborts) throws Exception {
        var below = new CutChannel(driver.connect(server.localAddress()), steps, aborts);
        TlsChannel channel = TlsChannel.over(below, tls, HOST);
        try {
            channel.handshake(ByteBuffer.allocate(0));
            return true;
        } catch (IOException e) {
            return false;
        } finally {
            channel.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET / HTTP/1.1\r\n\r\n", "hello\n", "SSH-2.0-x\r\n"})
    void plaintextIsAnsweredByAnAlert(String text) throws Exception {
        Server server = listen(serverTls());
        try (Connection client = runtime.connect(server.localAddress())) {
            client.write(text);
            String answer = HexFormat.of().formatHex(client.readAll(100));
            assertTrue(answer.matches("150[0-9]0[0-9]000202(0a|32|46|50|2f)"), answer);
        }
        Eventually.holds(() -> server.connectionCount() == 0);
        assertEquals(0, handled.get());
        assertEquals(1, server.refusedCount());
    }

    @Test
    void silentPeersHoldUpNobody() throws Exception {
        Server server =
                listen(
                        ServerOptions.DEFAULT.withTls(serverTls()).withMaxHandshakes(1),
                        TlsFixture::echo);
        List<Connection> silent = new ArrayList<>();
        for (int i = 0; i < 3; i++) silent.add(silentClient(server));
        List<Call<String>> others = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            others.add(
                    Call.of(() -> {
                        try (Connection client = connect(server, CLIENT)) {
                            return exchange(client, "hello");
                        }
                    }));
        }
        for (var each : others) assertEquals("hello", each.result());
        Eventually.holds(() -> server.connectionCount() == silent.size());
        for (Connection each : silent) each.close();
    }

    @Test
    void closeOfTheServerEndsHandshakes() throws Exception {
        Server server = listen(serverTls());
        List<Connection> clients = new ArrayList<>();
        for (int i = 0; i < 5; i++) clients.add(silentClient(server));
        server.close();
        assertEquals(0, server.connectionCount());
        for (Connection each : clients) each.abort();
        assertEquals(0, handled.get());
    }

    @Test
    void shutdownOfTheServerEndsHandshakesAfterItsGrace() throws Exception {
        Server server =
                listen(
                        ServerOptions.DEFAULT.withTls(serverTls()).withMaxHandshakes(1),
                        TlsFixture::echo);
        Connection running = silentClient(server);
        Connection waiting = silentClient(server);
        ShutdownReport report = server.shutdown(Duration.ofMillis(10));
        assertEquals(0, server.connectionCount());
        assertEquals(2, report.cancelled(), report::toString);
        assertEquals(0, report.finished() + report.aborted(), report::toString);
        running.abort();
        waiting.abort();
    }

    @Test
    void cancelledConnectLeavesNothing() throws Exception {
        var met = new CountDownLatch(1);
        Server server =
                listen(
                        ServerOptions.DEFAULT,
                        connection -> {
                            connection.peek(1);
                            met.countDown();
                            connection.readAll(1 << 16);
                        });
        Call<Connection> connect = Call.of(() -> connect(server, CLIENT));
        met.await();
        connect.cancel();
        assertTrue(connect.wasCancelled());
        Eventually.holds(() -> server.connectionCount() == 0);
    }

    @Test
    void handlerIsCalledWithTheSession() throws Exception {
        Server server = listen(serverTls());
        assertEquals("TLSv1.3", session(server, CLIENT).protocol());
        assertEquals("TLSv1.3", sessions.getFirst().protocol());
        assertEquals(1, server.acceptedCount());
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void failureOfAHandlerIsNoEndForThePeer(String protocol) throws Exception {
        Server server =
                listen(
                        ServerOptions.DEFAULT.withTls(serverTls()),
                        connection -> {
                            connection.writeLine("half of");
                            throw new IOException("disk full");
                        });
        try (Connection client = connect(server, CLIENT.withProtocols(List.of(protocol)))) {
            assertEquals("half of", client.readLine());
            assertThrows(TlsTruncationException.class, client::readLine);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void returnOfAHandlerIsAnEndForThePeer(String protocol) throws Exception {
        ConnectionHandler handler = connection -> connection.writeLine("all of it");
        Server server = listen(ServerOptions.DEFAULT.withTls(serverTls()), handler);
        try (Connection client = connect(server, CLIENT.withProtocols(List.of(protocol)))) {
            assertEquals("all of it", client.readLine());
            assertEquals(null, client.readLine());
        }
    }

    @Test
    @Tag("slow")
    @Timeout(300)
    void thousandsOfHandshakesAtOnceComplete() throws Exception {
        Duration patience = Duration.ofMinutes(4);
        Server server = listen(serverTls().withHandshakeTimeout(patience));
        var options =
                ConnectOptions.DEFAULT
                        .withTimeout(patience)
                        .withTls(CLIENT.withServerName(HOST).withHandshakeTimeout(patience));
        List<Call<String>> clients = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            clients.add(
                    Call.of(() -> {
                        try (Connection client = runtime.connect(server.localAddress(), options)) {
                            return exchange(client, "hello");
                        }
                    }));
        }
        for (var each : clients) assertEquals("hello", each.result());
        assertEquals(2_000, handled.get());
        assertEquals(0, server.refusedCount());
    }
}
