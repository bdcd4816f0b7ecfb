package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.loomline.net.Connection;
import io.loomline.probe.Child;
import io.loomline.probe.Kernel;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Clients that each send half a line exceed the heap. The server keeps serving. */
@Tag("slow")
class SmallHeapTest {
    private static final int CLIENTS = 3_000;

    /** Of all clients together, nearly the whole heap. */
    private static final int HALF_LINE_BYTES = 20_000;

    @ParameterizedTest
    @EnumSource
    void memoryExhaustionClosesConnectionsButNotTheServer(Kernel kernel) throws Exception {
        kernel.newDriver().close(); // skips the test if the driver is not available
        List<String> options = new ArrayList<>(kernel.jvmOptions());
        options.add("-Xmx64m");
        List<Socket> clients = new ArrayList<>();
        try (Child child = Child.start(Echo.class, options)) {
            int port = Integer.parseInt(child.readLine());
            for (int i = 0; i < CLIENTS; i++) clients.add(clientOf(port));
            requireEcho(port);
            for (Socket client : clients) client.close();
            requireEcho(port);
            child.signal("TERM");
            assertFalse(child.rest().stream().anyMatch(line -> line.contains("OutOfMemory")));
            assertEquals(0, child.exitCode()); // drained, so main returned
        } finally {
            for (Socket client : clients) client.close();
        }
    }

    private static Socket clientOf(int port) throws IOException {
        var client = new Socket(InetAddress.getLoopbackAddress(), port);
        try {
            client.getOutputStream()
                    .write("x".repeat(HALF_LINE_BYTES).getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            // the server closed this connection for lack of memory
        }
        return client;
    }

    private static void requireEcho(int port) throws IOException {
        try (var client = new Socket(InetAddress.getLoopbackAddress(), port)) {
            client.setSoTimeout(10_000);
            client.getOutputStream().write("hello\n".getBytes(StandardCharsets.US_ASCII));
            assertEquals(
                    "hello\n",
                    new String(client.getInputStream().readNBytes(6), StandardCharsets.US_ASCII));
        }
    }

    /** An echo server. */
    static final class Echo {
        public static void main(String[] arguments) throws Exception {
            Runtime.run(runtime -> {
                var server = runtime.listen(0, Echo::echo);
                System.out.println(server.port());
                server.await();
                return null;
            });
        }

        private static void echo(Connection connection) throws Exception {
            for (String line; (line = connection.readLine()) != null; ) {
                connection.writeLine(line);
            }
        }
    }
}
