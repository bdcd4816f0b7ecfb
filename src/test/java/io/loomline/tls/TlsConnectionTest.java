package io.loomline.tls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.RuntimeOptions;
import io.loomline.connect.Backoff;
import io.loomline.connect.Reconnecting;
import io.loomline.net.Connection;
import io.loomline.net.Relay;
import io.loomline.probe.Call;
import io.loomline.probe.Eventually;
import io.loomline.server.Server;
import io.loomline.server.ServerOptions;
import io.loomline.stream.Limits;
import io.loomline.testing.ManualClock;
import io.loomline.tls.keys.TestCertificates;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;

/** What connections do over plaintext, they do over TLS. */
@ParameterizedClass
@EnumSource(names = {"NIO", "EPOLL", "UNIX", "MEMORY"})
class TlsConnectionTest extends TlsFixture {
    private static final Duration LIMIT = Duration.ofSeconds(3);

    private final ManualClock clock = new ManualClock();

    @Override
    RuntimeOptions options() {
        return super.options().withClock(clock);
    }

    @Test
    void readTimeoutKeepsTheConnection() throws Exception {
        Server server = listen(serverTls());
        try (Connection client = connect(server, CLIENT)) {
            assertEquals("hello", exchange(client, "hello"));
            client.limits(Limits.NONE.withReadTimeout(LIMIT));
            var read = Call.of(client::readLine).awaitIn("awaitReadable");
            clock.advance(LIMIT.plusSeconds(1));
            var e = read.failure(SocketTimeoutException.class);
            assertTrue(e.getMessage().contains("readTimeout PT3S"), e::toString);
            assertEquals("again", exchange(client, "again"));
        }
    }

    @Test
    void cancelledReadLosesNothing() throws Exception {
        var go = new CountDownLatch(1);
        Server server =
                listen(
                        ServerOptions.DEFAULT.withTls(serverTls()),
                        connection -> {
                            connection.write("half ");
                            go.await();
                            connection.writeLine("line");
                        });
        try (Connection client = connect(server, CLIENT)) {
            client.peek(5);
            var read = Call.of(client::readLine).awaitIn("awaitReadable");
            read.cancel();
            assertTrue(read.wasCancelled());
            go.countDown();
            assertEquals("half line", client.readLine());
            assertEquals(null, client.readLine());
        }
    }

    @Test
    void idleClientIsClosedByTheServer() throws Exception {
        var limits = Limits.NONE.withIdleTimeout(LIMIT);
        assertClosedAfter(limits, "");
    }

    @Test
    void slowLineIsClosedByTheServer() throws Exception {
        var limits = Limits.NONE.withLineTimeout(LIMIT);
        assertClosedAfter(limits, "half a line");
    }

    private void assertClosedAfter(Limits limits, String text) throws Exception {
        Server server =
                listen(
                        ServerOptions.DEFAULT.withTls(serverTls()).withLimits(limits),
                        TlsFixture::echo);
        try (Connection client = connect(server, CLIENT)) {
            assertEquals("hello", exchange(client, "hello"));
            if (!text.isEmpty()) client.write(text);
            var end = Call.of(client::readLine);
            while (!end.isDone()) {
                Thread.onSpinWait();
                clock.advance(LIMIT);
            }
            end.failure(TlsTruncationException.class); // the handler has failed
        }
        Eventually.holds(() -> server.connectionCount() == 0);
    }

    @Test
    void relayForwardsBetweenTwoLegsWithTls() throws Exception {
        byte[] data = new byte[300_000];
        new Random(1).nextBytes(data);
        Server backend =
                listen(
                        ServerOptions.DEFAULT.withTls(serverTls()),
                        connection -> {
                            byte[] all = connection.readAll(1 << 20);
                            connection.write(all);
                        });
        Server front =
                listen(
                        ServerOptions.DEFAULT.withTls(
                                Tls.server(TestCertificates.server(HOST).serverContext())),
                        connection -> {
                            try (Connection back = connect(backend, CLIENT)) {
                                Relay.between(connection, back).run();
                            }
                        });
        try (Connection client = connect(front, CLIENT)) {
            var write =
                    Call.running(() -> {
                        client.write(data);
                        client.shutdownOutput();
                    });
            assertArrayEquals(data, client.readAll(1 << 20));
            write.result();
        }
    }

    @Test
    void truncatedLegOfARelayIsNoEndForTheOther() throws Exception {
        Server backend =
                listen(
                        ServerOptions.DEFAULT.withTls(serverTls()),
                        connection -> {
                            connection.writeLine("half");
                            throw new IOException("disk full");
                        });
        Server front =
                listen(
                        ServerOptions.DEFAULT.withTls(serverTls()),
                        connection -> {
                            try (Connection back = connect(backend, CLIENT)) {
                                Relay.between(connection, back).run();
                            }
                        });
        try (Connection client = connect(front, CLIENT)) {
            assertThrows(
                    IOException.class,
                    () -> {
                        while (client.readLine() != null) {}
                    });
        }
    }

    @Test
    void reconnectingClientSpeaksTlsEachTime() throws Exception {
        Server server =
                listen(
                        ServerOptions.DEFAULT.withTls(serverTls()),
                        connection -> connection.writeLine("hello"));
        var met = new CountDownLatch(3);
        Backoff atOnce = new Backoff(Duration.ofMillis(1), Duration.ofMillis(1), 1, 0);
        var client =
                Call.running(() ->
                        Reconnecting.run(
                                () -> connect(server, CLIENT),
                                atOnce,
                                connection -> {
                                    assertFalse(connection.tls().isEmpty());
                                    assertEquals(List.of("hello"), lines(connection));
                                    met.countDown();
                                }));
        while (met.getCount() > 0) {
            Thread.onSpinWait();
            clock.advance(Duration.ofMillis(1));
        }
        client.cancel();
        assertTrue(client.wasCancelled());
        assertTrue(handled.get() >= 3);
    }

    private static List<String> lines(Connection connection) {
        var lines = new ArrayList<String>();
        connection.lines().forEach(lines::add);
        return lines;
    }

    @Test
    void sessionIsDescribedInOneLine() throws Exception {
        Server server = listen(serverTls().withAlpn(List.of("lines")));
        String text = session(server, CLIENT.withAlpn(List.of("lines"))).toString();
        assertEquals(
                "TlsSession[TLSv1.3, TLS_AES_256_GCM_SHA384, ALPN lines, SNI localhost, peer"
                        + " \"CN=server\" for localhost]",
                text);
        String ofServer = sessions.getFirst().toString();
        assertTrue(ofServer.endsWith("peer without a certificate]"), ofServer);
    }
}
