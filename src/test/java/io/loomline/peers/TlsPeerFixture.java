package io.loomline.peers;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.Runtime;
import io.loomline.connect.ConnectOptions;
import io.loomline.net.Connection;
import io.loomline.net.ConnectionHandler;
import io.loomline.probe.Leftovers;
import io.loomline.probe.LoopbackAddress;
import io.loomline.server.ServerOptions;
import io.loomline.tls.Tls;
import io.loomline.tls.keys.TestCertificate;
import io.loomline.tls.keys.TestCertificates;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.extension.RegisterExtension;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Our side of connections with TLS to other programs, and the certificates of both sides. */
abstract class TlsPeerFixture {
    static final String HOST = "localhost";

    private static final TestCertificate SERVER = TestCertificates.server(HOST);
    private static final TestCertificate CLIENT = TestCertificates.client("Ann");

    static final Path CA = TestCertificates.ca().chain();
    static final Path SERVER_CHAIN = SERVER.chain();
    static final Path SERVER_KEY = SERVER.key();
    static final Path CLIENT_CHAIN = CLIENT.chain();
    static final Path CLIENT_KEY = CLIENT.key();

    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    @RegisterExtension
    @Order(1)
    final Children children = new Children();

    final Runtime runtime = Runtime.open();

    @AfterEach
    void close() {
        runtime.close();
    }

    static Tls serverTls() throws IOException {
        return Tls.server(SERVER_CHAIN, SERVER_KEY);
    }

    static Tls clientTls() throws IOException {
        return Tls.client().withTrustedCertificates(CA);
    }

    /** Starts a server; returns its port. */
    final int listen(Tls tls, ConnectionHandler handler) throws IOException {
        var options = ServerOptions.DEFAULT.withTls(tls);
        return runtime.listen(LoopbackAddress.of(0), options, handler).port();
    }

    /**
     * Starts a server for one client.
     *
     * @param ended completed with null when the handler has returned, or with what it has thrown
     */
    final int listen(Tls tls, CompletableFuture<Throwable> ended, ConnectionHandler handler)
            throws IOException {
        return listen(
                tls,
                connection -> {
                    try {
                        handler.handle(connection);
                        ended.complete(null);
                    } catch (Throwable e) {
                        ended.complete(e);
                        throw e;
                    }
                });
    }

    final Connection connect(int port, Tls tls) throws Exception {
        return runtime.connect(HOST, port, ConnectOptions.DEFAULT.withTls(tls));
    }

    static void echo(Connection connection) throws Exception {
        String line;
        while ((line = connection.readLine()) != null) connection.writeLine(line);
    }

    /** Waits for a message on the standard error of a program. */
    final void awaitMessage(Process process, String message) throws IOException {
        while (!children.messages(process).contains(message)) {
            assertTrue(process.isAlive(), "has ended without: " + message);
            Thread.onSpinWait();
        }
    }

    /** Waits for a line of its standard output that contains the text. */
    static String awaitLine(Process process, String part) throws IOException {
        var output = process.inputReader();
        for (String line; (line = output.readLine()) != null; ) {
            if (line.contains(part)) return line;
        }
        throw new AssertionError("has ended without: " + part);
    }

    static void type(Process process, String text) throws IOException {
        process.outputWriter().append(text).flush();
    }

    static List<String> only(String protocol) {
        return List.of(protocol);
    }
}
