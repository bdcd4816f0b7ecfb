package io.loomline.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.loomline.probe.LoopbackAddress;
import io.loomline.probe.Programs;
import io.loomline.task.Task;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import javax.net.ssl.SSLException;

/** Our client against a redis-server with TLS. */
class RedisTlsTest extends TlsPeerFixture {
    private static final int PINGS = 2_000;

    @TempDir Path directory;

    private int port;

    private void start(String... options) throws IOException {
        port = LoopbackAddress.freePort();
        List<String> command = new ArrayList<>();
        command.add(Programs.require("redis-server", "redis-server"));
        command.addAll(List.of("--port", "0", "--tls-port", "" + port, "--bind", "127.0.0.1"));
        command.addAll(List.of("--tls-cert-file", SERVER_CHAIN.toString()));
        command.addAll(List.of("--tls-key-file", SERVER_KEY.toString()));
        command.addAll(List.of("--tls-ca-cert-file", CA.toString()));
        command.addAll(List.of("--save", "", "--dir", directory.toString()));
        command.addAll(List.of(options));
        Process redis = children.start(command);
        String output = "";
        for (String line; (line = redis.inputReader().readLine()) != null; output += line) {
            if (line.contains("Ready to accept")) return;
        }
        output += children.messages(redis);
        assumeFalse(output.contains("Bad directive"), "redis-server is built without TLS");
        throw new AssertionError(output);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void answersOfAPipelineArriveInOrder(String protocol) throws Exception {
        start("--tls-auth-clients", "no", "--tls-protocols", protocol);
        try (var connection = connect(port, clientTls())) {
            assertEquals(protocol, connection.tls().orElseThrow().protocol());
            Task<Void> writing =
                    runtime.start(() -> {
                        for (int i = 0; i < PINGS; i++) connection.write("PING " + i + "\r\n");
                    });
            for (int i = 0; i < PINGS; i++) {
                assertEquals("$" + ("" + i).length(), connection.readLine());
                assertEquals("" + i, connection.readLine());
            }
            writing.join();
        }
    }

    @Test
    void asksForTheCertificateOfTheClient() throws Exception {
        start();
        try (var connection =
                connect(port, clientTls().withCertificate(CLIENT_CHAIN, CLIENT_KEY))) {
            connection.write("PING\r\n");
            assertEquals("+PONG", connection.readLine());
        }
        try (var connection = connect(port, clientTls())) {
            var failure = assertThrows(SSLException.class, connection::readLine);
            assertTrue(failure.getMessage().contains("certificate_required"), failure::toString);
        }
    }
}
