package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.Leftovers;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;

/** What the sample {@code TcpProxy} passes on, counts, and says about mistakes. */
class TcpProxyTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    @TempDir static Path classes;

    @BeforeAll
    static void compile() {
        SampleProcess.compile(SampleProcess.source("TcpProxy"), classes);
    }

    private static SampleProcess start(String... arguments) throws IOException {
        return SampleProcess.startCompiled(classes, "TcpProxy", arguments);
    }

    @Test
    void passesOnAndCountsUntilItIsToldToEnd() throws Exception {
        try (var runtime = Runtime.open()) {
            var server =
                    runtime.listen(
                            0,
                            connection ->
                                    connection.writeLine("you said " + connection.readLine()));
            int port = freePort();
            try (var proxy = start("" + port, "localhost", "" + server.port())) {
                proxy.awaitLine("port " + port + " goes to localhost:" + server.port());
                try (var connection = runtime.connect("localhost", port)) {
                    connection.writeLine("hello");
                    assertEquals("you said hello", connection.readLine());
                }
                proxy.awaitLine("6 bytes there");
                proxy.terminate();
                assertEquals(143, proxy.awaitExit(), proxy::printed);
            }
        }
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "7001 localhost,         expected 3 arguments",
        "http localhost 7000,    'a port is a number from 1 to 65535, not http'",
        "7001 localhost 0,       'a port is a number from 1 to 65535, not 0'",
    })
    void refusesArgumentsAndSaysWhy(String arguments, String message) throws Exception {
        try (var proxy = start(arguments.split(" "))) {
            assertEquals(2, proxy.awaitExit(), proxy::printed);
            assertEquals(message, proxy.printed().lines().findFirst().orElseThrow());
            assertTrue(proxy.printed().contains("usage: "), proxy::printed);
        }
    }

    @Test
    void saysThatThePortIsTaken() throws Exception {
        try (var runtime = Runtime.open()) {
            int port = runtime.listen(0, _ -> {}).port();
            try (var proxy = start("" + port, "localhost", "7000")) {
                assertEquals(1, proxy.awaitExit(), proxy::printed);
                assertTrue(proxy.printed().contains("" + port), proxy::printed);
            }
        }
    }
}
