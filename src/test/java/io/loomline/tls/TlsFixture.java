package io.loomline.tls;

import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.connect.ConnectOptions;
import io.loomline.net.Connection;
import io.loomline.net.ConnectionHandler;
import io.loomline.probe.Leftovers;
import io.loomline.server.Server;
import io.loomline.server.ServerOptions;
import io.loomline.tls.keys.TestCertificates;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnixDomainSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A runtime, whose servers and clients speak TLS as {@code localhost}. */
abstract class TlsFixture {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    static final String HOST = "localhost";

    /** Trusts the authority of the tests. */
    static final Tls CLIENT = trusting();

    @Parameter Place place;

    Runtime runtime;

    /** How often a handler was called. */
    final AtomicInteger handled = new AtomicInteger();

    /** The sessions of all connections that were handled. */
    final List<TlsSession> sessions = new CopyOnWriteArrayList<>();

    private static Tls trusting() {
        try {
            return Tls.client().withTrustedCertificates(TestCertificates.ca().chain());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @BeforeEach
    void open() {
        runtime = Runtime.open(options());
    }

    RuntimeOptions options() {
        return RuntimeOptions.DEFAULT.withDriver(place.newDriver());
    }

    @AfterEach
    void close() {
        runtime.close();
    }

    /** A server for {@code localhost}. */
    static Tls serverTls() {
        return Tls.server(TestCertificates.server(HOST).serverContext());
    }

    Server listen(Tls tls) throws Exception {
        return listen(ServerOptions.DEFAULT.withTls(tls), TlsFixture::echo);
    }

    Server listen(ServerOptions options, ConnectionHandler handler) throws Exception {
        return runtime.listen(
                place.newAddress(),
                options,
                connection -> {
                    handled.incrementAndGet();
                    connection.tls().ifPresent(sessions::add);
                    handler.handle(connection);
                });
    }

    static void echo(Connection connection) throws Exception {
        for (String line : connection.lines()) connection.writeLine(line);
    }

    /** Connects to {@code localhost}. */
    Connection connect(Server server, Tls tls) throws IOException, InterruptedException {
        if (server.localAddress() instanceof UnixDomainSocketAddress path) {
            return runtime.connect(path, ConnectOptions.DEFAULT.withTls(tls.withServerName(HOST)));
        }
        return connect(HOST, server, tls);
    }

    /** Connects to a host, whose name stands for the loopback address. */
    Connection connect(String host, Server server, Tls tls)
            throws IOException, InterruptedException {
        var options =
                ConnectOptions.DEFAULT
                        .withTls(tls)
                        .withResolver(_ -> List.of(InetAddress.ofLiteral("127.0.0.1")));
        return runtime.connect(host, server.port(), options);
    }

    static String exchange(Connection connection, String line) throws Exception {
        connection.writeLine(line);
        return connection.readLine();
    }

    /** Connects, exchanges a line, closes. */
    TlsSession session(Server server, Tls tls) throws Exception {
        try (Connection connection = connect(server, tls)) {
            if (!"hello".equals(exchange(connection, "hello"))) throw new AssertionError("no echo");
            return connection.tls().orElseThrow();
        }
    }
}
