package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.Leftovers;
import io.loomline.probe.LoopbackAddress;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The traffic, byte counts and error messages of the sample {@code TcpProxy}. */
class TcpProxyTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    @RegisterExtension static final CompiledSample SAMPLE = new CompiledSample("TcpProxy");

    @Test
    void forwardsAndCountsUntilASignal() throws Exception {
        try (var runtime = Runtime.open()) {
            var server =
                    runtime.listen(
                            0,
                            connection ->
                                    connection.writeLine("you said " + connection.readLine()));
            int port = LoopbackAddress.freePort();
            try (var proxy = SAMPLE.start("" + port, "localhost", "" + server.port())) {
                proxy.awaitLine("relaying port " + port + " to localhost:" + server.port());
                try (var connection = runtime.connect("localhost", port)) {
                    connection.writeLine("hello");
                    assertEquals("you said hello", connection.readLine());
                }
                proxy.awaitLine("6 bytes to server");
                proxy.terminate();
                assertEquals(0, proxy.awaitExit(), proxy::printed);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "7001 localhost,         expected 3 arguments",
        "http localhost 7000,    'port http: expected a number from 1 to 65535'",
        "7001 localhost 0,       'port 0: expected a number from 1 to 65535'",
    })
    void rejectsArgumentsWithAReason(String arguments, String message) throws Exception {
        try (var proxy = SAMPLE.start(arguments.split(" "))) {
            proxy.requireUsageError(message);
        }
    }

    @Test
    void reportsThePortThatIsInUse() throws Exception {
        try (var runtime = Runtime.open()) {
            int port = runtime.listen(0, _ -> {}).port();
            try (var proxy = SAMPLE.start("" + port, "localhost", "7000")) {
                assertEquals(1, proxy.awaitExit(), proxy::printed);
                assertTrue(proxy.printed().contains("" + port), proxy::printed);
            }
        }
    }
}
