package io.loomline.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.Runtime;
import io.loomline.connect.ConnectFailedException;
import io.loomline.net.Connection;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Programs;
import io.loomline.server.Server;
import io.loomline.server.ServerOptions;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** Unix-domain sockets with {@code socat}, {@code nc} and Python's asyncio at the other end. */
class UnixPeerTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final String ASYNCIO_ECHO =
            """
            import asyncio, sys
            async def echo(reader, writer):
                while line := await reader.readline():
                    writer.write(line)
                writer.write(b"bye\\n")
                writer.close()
            async def main():
                server = await asyncio.start_unix_server(echo, sys.argv[1])
                await server.serve_forever()
            asyncio.run(main())
            """;

    private static final String ASYNCIO_CLIENT =
            """
            import asyncio, sys
            async def main():
                reader, writer = await asyncio.open_unix_connection(sys.argv[1])
                for i in range(100):
                    writer.write(b"line %d\\n" % i)
                    assert await reader.readline() == b"line %d\\n" % i
                writer.write_eof()
                assert await reader.readline() == b"bye\\n"
                assert await reader.read() == b""
                print("done")
            asyncio.run(main())
            """;

    @RegisterExtension final Children children = new Children();
    @TempDir Path directory;

    private final Runtime runtime = Runtime.open();

    @AfterEach
    void close() {
        runtime.close();
    }

    private String path() {
        return directory.resolve("socket").toString();
    }

    private UnixDomainSocketAddress address() {
        return UnixDomainSocketAddress.of(path());
    }

    private Server listen() throws IOException {
        return runtime.listen(address(), ServerOptions.DEFAULT, LineEcho::serve);
    }

    /** Connects as soon as the program listens. */
    private Connection connect(Process peer) throws Exception {
        while (true) {
            try {
                return runtime.connect(address());
            } catch (ConnectFailedException e) {
                assertTrue(peer.isAlive(), e::toString);
                Thread.onSpinWait();
            }
        }
    }

    private void requireEcho(Process peer) throws Exception {
        try (var connection = connect(peer)) {
            LineEcho.exchangeLines(connection);
        }
    }

    private static void exchangeLines(Process peer) throws IOException {
        var input = peer.inputReader(StandardCharsets.UTF_8);
        try (var output = peer.outputWriter(StandardCharsets.UTF_8)) {
            for (int i = 0; i < 100; i++) {
                output.write("line " + i + "\n");
                output.flush();
                assertEquals("line " + i, input.readLine());
            }
        }
        assertEquals(LineEcho.GOODBYE, input.readLine());
    }

    @Test
    void socatIsAServer() throws Exception {
        String listen = "UNIX-LISTEN:" + path() + ",fork";
        requireEcho(
                children.start(List.of(Programs.require("socat", "socat"), listen, "EXEC:cat")));
    }

    @Test
    void socatIsAClient() throws Exception {
        listen();
        String socat = Programs.require("socat", "socat");
        String address = "UNIX-CONNECT:" + path();
        exchangeLines(children.start(List.of(socat, "-t", "60", "STDIO", address)));
    }

    @Test
    void netcatIsAClient() throws Exception {
        listen();
        exchangeLines(children.start(List.of(children.requireNetcat(), "-N", "-U", path())));
    }

    @Test
    void netcatIsAServer() throws Exception {
        Process nc = children.start(List.of(children.requireNetcat(), "-l", "-U", path()));
        try (var connection = connect(nc)) {
            connection.writeLine("to nc");
            assertEquals("to nc", nc.inputReader(StandardCharsets.UTF_8).readLine());
            var output = nc.outputWriter(StandardCharsets.UTF_8);
            output.write("from nc\n");
            output.flush();
            assertEquals("from nc", connection.readLine());
        }
    }

    @Test
    void asyncioIsAServer() throws Exception {
        Process server = python(ASYNCIO_ECHO);
        requireEcho(server);
        try (var connection = connect(server)) {
            connection.writeLine("last");
            assertEquals("last", connection.readLine());
            LineEcho.sayGoodbye(connection);
        }
    }

    @Test
    void asyncioIsAClient() throws Exception {
        listen();
        Process client = python(ASYNCIO_CLIENT);
        assertEquals("done", client.inputReader(StandardCharsets.UTF_8).readLine());
    }

    private Process python(String script) throws IOException {
        String python = Programs.require("python3", "python3");
        return children.start(List.of(python, "-I", "-c", script, path()));
    }
}
