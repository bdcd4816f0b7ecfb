package io.loomline.server;

import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.connect.ConnectOptions;
import io.loomline.net.Connection;
import io.loomline.testing.ManualClock;
import io.loomline.tls.Tls;
import io.loomline.tls.keys.TestCertificate;
import io.loomline.tls.keys.TestCertificates;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/** A server whose clients fail in their handshakes; the program prints each scenario first. */
final class HandshakeFailureProgram {
    private static final ManualClock CLOCK = new ManualClock();

    private HandshakeFailureProgram() {}

    /** A client. */
    private interface Client {
        void connect(Runtime runtime, InetSocketAddress server) throws Exception;
    }

    public static void main(String[] arguments) throws Exception {
        Tls client = Tls.client().withTrustedCertificates(TestCertificates.ca().chain());
        TestCertificate own = TestCertificates.server("localhost");
        Tls server =
                Tls.server(own.chain(), own.key())
                        .withTrustedCertificates(TestCertificates.ca().chain());
        play("refused by the client", server, speaking(client.withServerName("b.test")));
        play("old client", server.withProtocols(List.of("TLSv1.3")), speaking(old(client)));
        Tls asking = server.withClientAuth(Tls.ClientAuth.NEED);
        play("without certificate", asking, speaking(client));
        TestCertificate expired = TestCertificates.expired();
        play(
                "expired client",
                asking,
                speaking(client.withCertificate(expired.chain(), expired.key())));
        play("plaintext", server, (runtime, address) -> send(runtime, address, "GET /\r\n\r\n"));
        play("left in the middle", server, (runtime, address) -> send(runtime, address, "\u0016"));
        play("health check", server, (runtime, address) -> send(runtime, address, ""));
        play("silent", server, HandshakeFailureProgram::wait);
        play(
                "storm",
                server,
                (runtime, address) -> {
                    for (int i = 0; i < 50; i++) send(runtime, address, "GET /\r\n\r\n");
                });
        System.err.println("ended");
    }

    private static Tls old(Tls client) {
        return client.withProtocols(List.of("TLSv1.2"));
    }

    private static Client speaking(Tls tls) {
        return (runtime, address) -> {
            var options = ConnectOptions.DEFAULT.withTls(tls);
            try (Connection connection = runtime.connect("localhost", address.getPort(), options)) {
                connection.readLine();
            } catch (IOException e) {
                // as expected
            }
        };
    }

    private static void send(Runtime runtime, InetSocketAddress address, String text)
            throws Exception {
        try (Connection connection = runtime.connect(address)) {
            connection.write(text);
            if (text.length() > 1) connection.readAll(100);
        }
    }

    private static void wait(Runtime runtime, InetSocketAddress address) throws Exception {
        try (Connection connection = runtime.connect(address)) {
            while (CLOCK.timers() < 2) Thread.onSpinWait(); // of the handshake, of idle ones
            CLOCK.advance(Duration.ofSeconds(11));
            connection.readAll(1);
        }
    }

    private static void play(String scenario, Tls tls, Client client) throws Exception {
        System.err.println("# " + scenario);
        var loopback = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        var options = ServerOptions.DEFAULT.withTls(tls);
        try (Runtime runtime = Runtime.open(RuntimeOptions.DEFAULT.withClock(CLOCK))) {
            Server server = runtime.listen(loopback, options, Connection::readLine);
            client.connect(runtime, (InetSocketAddress) server.localAddress());
            while (server.refusedCount() == 0 || server.connectionCount() > 0) Thread.onSpinWait();
        }
        CLOCK.advance(Duration.ofSeconds(2)); // past the log's rate limit
    }
}
