package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loomline.probe.Leftovers;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The traffic, output and error messages of the sample {@code LineClient}. */
class LineClientTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    @RegisterExtension static final CompiledSample SAMPLE = new CompiledSample("LineClient");

    @Test
    void forwardsLinesAndTheEndOfItsInput() throws Exception {
        List<byte[]> received = Collections.synchronizedList(new ArrayList<>());
        try (var runtime = Runtime.open()) {
            var server =
                    runtime.listen(
                            0,
                            connection -> {
                                connection.writeLine("who are you?");
                                received.add(connection.readUntil(new byte[] {'\n'}));
                                assertNull(connection.readLine());
                                connection.writeLine("goodbye");
                            });
            try (var client = SAMPLE.start("--crlf", "localhost:" + server.port())) {
                client.awaitLine("who are you?");
                client.type("Gr\u00fc\u00dfe\n");
                client.endInput();
                client.awaitLine("goodbye");
                assertEquals(0, client.awaitExit(), client::printed);
            }
        }
        String line = new String(received.getFirst(), UTF_8);
        assertTrue(line.endsWith("\r\n"), line);
    }

    @Test
    void endsWithTheServerEvenWithoutInput() throws Exception {
        try (var runtime = Runtime.open()) {
            var server = runtime.listen(0, connection -> connection.writeLine("closed today"));
            try (var client = SAMPLE.start("localhost", "" + server.port())) {
                client.awaitLine("closed today");
                assertEquals(0, client.awaitExit(), client::printed);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "localhost,             'expected a host and a port, but was: localhost'",
        "localhost http,        'port http: expected a number from 1 to 65535'",
        "localhost 70000,       'port 70000: expected a number from 1 to 65535'",
        "a b c,                 'expected a host and a port, but was: a:b:c'",
    })
    void rejectsArgumentsWithAReason(String arguments, String message) throws Exception {
        try (var client = SAMPLE.start(arguments.split(" "))) {
            client.requireUsageError(message);
        }
    }

    @Test
    void reportsARefusedConnection() throws Exception {
        int port;
        try (var runtime = Runtime.open()) {
            port = runtime.listen(0, _ -> {}).port();
        }
        try (var client = SAMPLE.start("127.0.0.1", "" + port)) {
            assertEquals(1, client.awaitExit(), client::printed);
            assertTrue(client.printed().contains("127.0.0.1:" + port), client::printed);
            assertEquals(1, client.printed().lines().count(), client::printed);
        }
    }
}
