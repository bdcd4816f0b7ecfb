package io.loomline.tls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.loomline.Runtime;
import io.loomline.connect.ConnectOptions;
import io.loomline.driver.Channel;
import io.loomline.driver.Driver;
import io.loomline.net.Connection;
import io.loomline.net.ConnectionHandler;
import io.loomline.probe.CapturedLog;
import io.loomline.probe.Eventually;
import io.loomline.probe.Kernel;
import io.loomline.probe.Leftovers;
import io.loomline.probe.LoopbackAddress;
import io.loomline.protocol.Protocol;
import io.loomline.protocol.Protocols;
import io.loomline.protocol.Transport;
import io.loomline.server.Server;
import io.loomline.server.ServerOptions;
import io.loomline.task.SystemClock;
import io.loomline.tls.keys.TestCertificates;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/** Protocols in callback style over TLS. */
class TlsCallbackTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final Tls SERVER =
            Tls.server(TestCertificates.server("localhost").serverContext());
    private static final Tls CLIENT = Tls.client(TestCertificates.clientContext());

    private final List<String> events = new CopyOnWriteArrayList<>();
    private final CompletableFuture<Optional<Throwable>> cause = new CompletableFuture<>();

    private Runtime runtime;
    private Server server;

    /** Sends back what it receives. */
    private final class Echo implements Protocol {
        private Transport transport;

        @Override
        public void connected(Transport transport) {
            this.transport = transport;
            events.add("connected");
        }

        @Override
        public void received(ByteBuffer bytes) {
            transport.write(bytes);
        }

        @Override
        public void inputEnded() {
            events.add("inputEnded");
            transport.close();
        }

        @Override
        public void disconnected(Throwable causeOrNull) {
            events.add("disconnected");
            cause.complete(Optional.ofNullable(causeOrNull));
        }
    }

    @BeforeEach
    void listen() throws IOException {
        runtime = Runtime.open();
        server =
                runtime.listen(
                        LoopbackAddress.of(0),
                        ServerOptions.DEFAULT.withTls(SERVER),
                        Protocols.handler(Echo::new));
    }

    @AfterEach
    void close() {
        runtime.close();
    }

    @Test
    void failedCallbackLeavesTheAnswerIncomplete() throws Exception {
        ConnectionHandler failing =
                Protocols.handler(() ->
                        new Protocol() {
                            private Transport transport;

                            @Override
                            public void connected(Transport transport) {
                                this.transport = transport;
                            }

                            @Override
                            public void received(ByteBuffer bytes) {
                                transport.write(bytes);
                                throw new IllegalStateException(
                                        "a failure in the middle of an answer");
                            }
                        });
        var options = ServerOptions.DEFAULT.withTls(SERVER);
        var other = runtime.listen(LoopbackAddress.of(0), options, failing);
        try (var connection =
                runtime.connect(
                        "localhost", other.port(), ConnectOptions.DEFAULT.withTls(CLIENT))) {
            connection.writeLine("half");
            assertEquals("half", connection.readLine());
            assertThrows(TlsTruncationException.class, connection::readLine);
        }
    }

    @Test
    void echoesToACleanEnd() throws Exception {
        var options = ConnectOptions.DEFAULT.withTls(CLIENT);
        try (var connection = runtime.connect("localhost", server.port(), options)) {
            byte[] sent = new byte[50_000];
            connection.write(sent);
            assertArrayEquals(sent, connection.readExactly(sent.length));
            connection.shutdownOutput();
            assertNull(connection.readLine());
        }
        assertEquals(Optional.empty(), cause.join());
        assertEquals(List.of("connected", "inputEnded", "disconnected"), events);
    }

    @Test
    void cutIsTheCauseOfTheDisconnection() throws Exception {
        try (Driver driver = Kernel.chosen().newDriver()) {
            Channel below = driver.connect(LoopbackAddress.of(server.port()));
            TlsChannel tls = TlsChannel.over(below, CLIENT, "localhost");
            tls.handshake(ByteBuffer.allocate(0));
            try (var connection = Connection.over(tls, SystemClock.INSTANCE)) {
                connection.writeLine("line");
                assertEquals("line", connection.readLine());
                below.shutdownOutput();
                Throwable cut = cause.join().orElseThrow();
                assertInstanceOf(TlsTruncationException.class, cut);
            }
        }
        assertEquals(List.of("connected", "disconnected"), events);
    }

    @Test
    void failedHandshakeCallsNothing() throws Exception {
        byte[] request = "GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        try (var connection = runtime.connect("localhost", server.port());
                var _ = new CapturedLog()) {
            connection.write(request);
            connection.readAll(1_000);
            Eventually.holds(() -> server.connectionCount() == 0);
        }
        assertEquals(List.of(), events);
    }
}
