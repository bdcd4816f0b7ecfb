package io.loomline.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.RuntimeOptions;
import io.loomline.connect.ConnectOptions;
import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.Eventually;
import io.loomline.server.Server;
import io.loomline.server.ServerOptions;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** The time that a handshake may take, on both sides. */
@ParameterizedClass
@EnumSource(names = {"NIO", "EPOLL", "UNIX", "MEMORY"})
class HandshakeTimeTest extends TlsFixture {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualClock clock = new ManualClock();

    @Override
    RuntimeOptions options() {
        return super.options().withClock(clock);
    }

    private Connection silentClient(Server server) throws Exception {
        Connection client = runtime.connect(server.localAddress());
        Eventually.holds(() -> server.connectionCount() == 1 && clock.timers() > 1);
        return client;
    }

    @Test
    void silentClientIsClosedInTime() throws Exception {
        Server server = listen(serverTls());
        try (Connection client = silentClient(server)) {
            clock.advance(Duration.ofSeconds(9));
            assertEquals(1, server.connectionCount());
            clock.advance(SECOND);
            Eventually.holds(() -> server.connectionCount() == 0);
            assertEquals(0, client.read(1).length);
        }
        assertEquals(0, handled.get());
        assertServes(server);
    }

    private void assertServes(Server server) throws Exception {
        assertTrue(server.isAccepting());
        assertEquals("TLSv1.3", session(server, CLIENT).protocol());
    }

    @Test
    void clientThatSendsAByteASecondIsClosedInTime() throws Exception {
        Server server = listen(serverTls());
        byte[] start = {0x16, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3};
        try (Connection client = silentClient(server)) {
            for (int second = 0; second < 9; second++) {
                client.write(new byte[] {start[second]});
                clock.advance(SECOND);
                assertEquals(1, server.connectionCount());
            }
            clock.advance(SECOND);
            Eventually.holds(() -> server.connectionCount() == 0);
        }
        assertEquals(0, handled.get());
        assertServes(server);
    }

    @Test
    void timeInTheQueueCounts() throws Exception {
        Server server =
                listen(
                        ServerOptions.DEFAULT.withTls(serverTls()).withMaxHandshakes(1),
                        TlsFixture::echo);
        List<Connection> clients = new ArrayList<>();
        for (int i = 0; i < 3; i++) clients.add(runtime.connect(server.localAddress()));
        Eventually.holds(() -> server.connectionCount() == 3 && clock.timers() > 3);
        clock.advance(Duration.ofSeconds(10));
        Eventually.holds(() -> server.connectionCount() == 0);
        for (Connection each : clients) each.abort();
        assertEquals(3, server.refusedCount());
        assertServes(server);
    }

    @Test
    void timeoutOfAConnectCoversTheHandshake() throws Exception {
        var met = new CountDownLatch(1);
        Server server = listen(ServerOptions.DEFAULT, connection -> readOn(connection, met));
        var options =
                ConnectOptions.DEFAULT
                        .withTimeout(Duration.ofSeconds(5))
                        .withTls(CLIENT.withServerName(HOST));
        var connect = Call.of(() -> runtime.connect(server.localAddress(), options));
        met.await();
        clock.advance(Duration.ofSeconds(5));
        var e = connect.failure(SocketTimeoutException.class);
        assertTrue(e.getMessage().contains("the TLS handshake is not complete"), e::toString);
        Eventually.holds(() -> server.connectionCount() == 0);
    }

    @Test
    void handshakeTimeoutOfAClientHoldsWithinALongerConnect() throws Exception {
        var met = new CountDownLatch(1);
        Server server = listen(ServerOptions.DEFAULT, connection -> readOn(connection, met));
        var options =
                ConnectOptions.DEFAULT
                        .withTimeout(Duration.ofSeconds(50))
                        .withTls(CLIENT.withServerName(HOST).withHandshakeTimeout(SECOND));
        var connect = Call.of(() -> runtime.connect(server.localAddress(), options));
        met.await();
        clock.advance(SECOND);
        var e = connect.failure(SocketTimeoutException.class);
        assertTrue(e.getMessage().contains("handshakeTimeout PT1S"), e::toString);
        Eventually.holds(() -> server.connectionCount() == 0);
    }

    /** Reads without an answer. The latch tells that the handshake has begun. */
    private static void readOn(Connection connection, CountDownLatch met) throws Exception {
        connection.peek(1);
        met.countDown();
        connection.readAll(1 << 16);
    }
}
