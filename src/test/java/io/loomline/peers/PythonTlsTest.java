package io.loomline.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.loomline.net.Connection;
import io.loomline.probe.Programs;
import io.loomline.stream.LineFormat;
import io.loomline.task.Task;
import io.loomline.tls.Tls;
import io.loomline.tls.TlsTruncationException;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Against Python's ssl and asyncio, driven by the script {@code tls_peer.py}. */
class PythonTlsTest extends TlsPeerFixture {
    private static final Path SCRIPT = Path.of("src", "test", "resources", "peers", "tls_peer.py");

    private static final int LINES = 1000;
    private static final int LARGE_BYTES = 1 << 20;
    private static final LineFormat LONG_LINES = LineFormat.DEFAULT.withMaxBytes(2 * LARGE_BYTES);

    private Process start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Programs.require("python3", "python3"));
        command.addAll(List.of("-I", SCRIPT.toString()));
        command.addAll(List.of(arguments));
        return children.start(command);
    }

    private int startServer() throws IOException {
        Process server = start("listen", SERVER_CHAIN.toString(), SERVER_KEY.toString());
        return Integer.parseInt(server.inputReader().readLine());
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void readsTheEchoOfTheServerUpToItsEnd(String protocol) throws Exception {
        try (var connection = connect(startServer(), clientTls().withProtocols(only(protocol)))) {
            exchangeLines(connection);
            String large = "x".repeat(LARGE_BYTES);
            connection.lineFormat(LONG_LINES).writeLine(large);
            assertEquals(large, connection.readLine());
            connection.writeLine("end");
            assertNull(connection.readLine());
        }
    }

    private void exchangeLines(Connection connection) throws Exception {
        Task<Void> writing =
                runtime.start(() -> {
                    for (int i = 0; i < LINES; i++) connection.writeLine("line " + i);
                });
        for (int i = 0; i < LINES; i++) assertEquals("line " + i, connection.readLine());
        writing.join();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void theEndOfAServerWithoutCloseNotifyIsAnError(String protocol) throws Exception {
        try (var connection = connect(startServer(), clientTls().withProtocols(only(protocol)))) {
            connection.writeLine("hello");
            assertEquals("hello", connection.readLine());
            connection.writeLine("cut");
            assertThrows(TlsTruncationException.class, connection::readLine);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void echoesTheLinesOfTheClientUpToItsEnd(String protocol) throws Exception {
        assertNull(endOfClient(protocol, "end"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void theEndOfAClientWithoutCloseNotifyIsAnError(String protocol) throws Exception {
        assertInstanceOf(TlsTruncationException.class, endOfClient(protocol, "cut"));
    }

    /** What the handler has thrown; null if it has returned. */
    private Throwable endOfClient(String protocol, String ending) throws Exception {
        var ended = new CompletableFuture<Throwable>();
        Tls tls = serverTls().withProtocols(only(protocol));
        int port = listen(tls, ended, connection -> echo(connection.lineFormat(LONG_LINES)));
        Process client = start("connect", "" + port, CA.toString(), ending);
        assertEquals(protocol, client.inputReader().readLine());
        Throwable end = ended.get();
        assertEquals(0, client.waitFor());
        return end;
    }
}
