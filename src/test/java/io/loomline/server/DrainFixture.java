package io.loomline.server;

import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.connect.ConnectOptions;
import io.loomline.net.Connection;
import io.loomline.net.ConnectionHandler;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Medium;
import io.loomline.protocol.LineProtocol;
import io.loomline.protocol.Protocols;
import io.loomline.protocol.Transport;
import io.loomline.stream.Limits;
import io.loomline.task.Clock;
import io.loomline.tls.Tls;
import io.loomline.tls.keys.TestCertificates;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/** A server that echoes lines and says goodbye, in each style, with and without TLS. */
abstract class DrainFixture {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final Tls SERVER =
            Tls.server(TestCertificates.server("localhost").serverContext());
    private static final Tls CLIENT =
            Tls.client(TestCertificates.clientContext()).withServerName("localhost");

    /** How the server and its clients are connected, and how the handler is written. */
    enum Setting {
        TCP(Medium.TCP, false, false),
        TCP_CALLBACKS(Medium.TCP, false, true),
        TLS(Medium.TCP, true, false),
        TLS_CALLBACKS(Medium.TCP, true, true),
        MEMORY(Medium.MEMORY, false, false),
        MEMORY_CALLBACKS(Medium.MEMORY, false, true),
        MEMORY_TLS(Medium.MEMORY, true, false);

        final Medium medium;
        final boolean secure;
        final boolean callbacks;

        Setting(Medium medium, boolean secure, boolean callbacks) {
            this.medium = medium;
            this.secure = secure;
            this.callbacks = callbacks;
        }
    }

    @Parameter Setting setting;

    /** How many lines the server has answered. */
    final AtomicLong answered = new AtomicLong();

    /** When connections noticed the drain, by the runtime's clock. */
    final List<Long> noticedNanos = new CopyOnWriteArrayList<>();

    Runtime runtime;
    Server server;
    private Clock clock;

    void open(Clock clock) throws Exception {
        this.clock = clock;
        runtime =
                Runtime.open(
                        RuntimeOptions.DEFAULT
                                .withDriver(setting.medium.newDriver())
                                .withClock(clock));
        server = listen(handler());
    }

    Server listen(ConnectionHandler handler) throws IOException {
        var unlimited = ServerOptions.DEFAULT.withLimits(Limits.NONE);
        var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        return runtime.listen(
                address, setting.secure ? unlimited.withTls(SERVER) : unlimited, handler);
    }

    @AfterEach
    void close() {
        if (runtime != null) runtime.close();
    }

    Connection connect() throws Exception {
        var options =
                setting.secure ? ConnectOptions.DEFAULT.withTls(CLIENT) : ConnectOptions.DEFAULT;
        return runtime.connect("localhost", server.port(), options);
    }

    /** A client that is served. */
    Connection connectAndExchange() throws Exception {
        Connection client = connect();
        client.writeLine("hello");
        if (!"hello".equals(client.readLine())) throw new AssertionError("no echo");
        return client;
    }

    private ConnectionHandler handler() {
        return setting.callbacks ? Protocols.handler(Callbacks::new) : this::serve;
    }

    private void serve(Connection connection) throws Exception {
        while (connection.awaitMessage()) {
            connection.writeLine(connection.requireLine());
            answered.incrementAndGet();
        }
        if (!connection.isDraining()) return;
        noticedNanos.add(clock.nanoTime());
        connection.writeLine("bye");
    }

    private final class Callbacks implements LineProtocol {
        private Transport transport;

        @Override
        public void connected(Transport to) {
            transport = to;
        }

        @Override
        public void lineReceived(String line) {
            send(line);
            answered.incrementAndGet();
        }

        @Override
        public void draining() {
            noticedNanos.add(clock.nanoTime());
            send("bye");
            transport.close();
        }

        private void send(String line) {
            transport.write(ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8)));
        }
    }
}
