package io.loomline.server;

import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.net.Connection;
import io.loomline.proxy.ProxyHeader;
import io.loomline.proxy.ProxyProtocol;
import io.loomline.testing.ManualClock;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** A server that refuses clients for their PROXY headers; prints each scenario first. */
final class ProxyHeaderLogProgram {
    private static final ManualClock CLOCK = new ManualClock();
    private static final ProxyProtocol LOOPBACK = ProxyProtocol.from("127.0.0.0/8", "::1");

    private ProxyHeaderLogProgram() {}

    /** A client. */
    private interface Client {
        void run(Connection connection) throws Exception;
    }

    public static void main(String[] arguments) throws Exception {
        play("malformed", LOOPBACK, 1, client -> send(client, "GET /\u001b[2J HTTP/1.1\r\n"));
        play("escaped", LOOPBACK, 1, client -> send(client, "PROXY TCP4 \u001b[2J x y z\r\n"));
        play("cut", LOOPBACK, 1, client -> send(client, "PROXY TCP4"));
        play("health check", LOOPBACK, 1, _ -> {});
        play("late", LOOPBACK, 1, ProxyHeaderLogProgram::wait);
        play("untrusted", ProxyProtocol.from("192.0.2.0/24"), 1, _ -> {});
        play("storm", LOOPBACK, 50, client -> send(client, "x"));
        play("idle local", LOOPBACK, 1, client -> client.write(ProxyHeader.local().encode()));
        System.err.println("ended");
    }

    private static void send(Connection client, String text) throws Exception {
        client.write(text.getBytes(StandardCharsets.ISO_8859_1));
        client.shutdownOutput();
        client.readAll(100);
    }

    private static void wait(Connection client) throws Exception {
        client.write("PROXY");
        while (CLOCK.timers() < 2) Thread.onSpinWait(); // of the header, of idle ones
        CLOCK.advance(Duration.ofSeconds(5));
        client.readAll(100);
    }

    private static void play(String scenario, ProxyProtocol rules, int clients, Client client)
            throws Exception {
        System.err.println("# " + scenario);
        var loopback = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        var options = ServerOptions.DEFAULT.withProxyProtocol(rules);
        try (Runtime runtime = Runtime.open(RuntimeOptions.DEFAULT.withClock(CLOCK))) {
            Server server = runtime.listen(loopback, options, connection -> connection.read(1));
            for (int i = 0; i < clients; i++) run(runtime, server, client);
            while (server.refusedCount() + server.acceptedCount() < clients) Thread.onSpinWait();
            while (server.connectionCount() > 0) Thread.onSpinWait();
        }
        CLOCK.advance(Duration.ofSeconds(2)); // past the log's rate limit
    }

    private static void run(Runtime runtime, Server server, Client client) throws Exception {
        try (Connection connection = runtime.connect(server.localAddress())) {
            client.run(connection);
        } catch (IOException e) {
            // reset by the server
        }
    }
}
