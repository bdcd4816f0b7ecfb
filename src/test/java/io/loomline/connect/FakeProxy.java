package io.loomline.connect;

import io.loomline.Runtime;
import io.loomline.net.Connection;
import io.loomline.server.Server;

import java.io.IOException;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;

/** A proxy that runs the script of a test on each connection. */
final class FakeProxy implements AutoCloseable {
    /** The proxy side of one connection. */
    interface Script {
        void run(Peer peer) throws Exception;
    }

    private final Server server;
    private final CompletableFuture<Void> ended = new CompletableFuture<>();

    FakeProxy(Runtime runtime, Script script) throws IOException {
        server =
                runtime.listen(
                        0,
                        connection -> {
                            try {
                                script.run(new Peer(connection));
                                ended.complete(null);
                            } catch (Throwable e) {
                                ended.completeExceptionally(e);
                                throw e;
                            }
                        });
    }

    /** Reads a number of bytes, then sends nothing and keeps the connection open. */
    static Script silentAfter(int bytes) {
        return peer -> {
            peer.connection.readExactly(bytes);
            peer.awaitEnd();
        };
    }

    int port() {
        return server.port();
    }

    /** Waits until the script has ended, and throws its exception. */
    void awaitScript() {
        ended.join();
    }

    boolean hasClients() {
        return server.connectionCount() > 0;
    }

    @Override
    public void close() {
        server.close();
    }

    /** The proxy's side of a connection. Bytes are given in hexadecimal. */
    record Peer(Connection connection) {
        void expect(String hex) throws Exception {
            byte[] expected = HexFormat.of().parseHex(hex.replace(" ", ""));
            String actual = HexFormat.of().formatHex(connection.readExactly(expected.length));
            if (!actual.equals(HexFormat.of().formatHex(expected))) {
                throw new AssertionError("expected " + hex + ", received " + actual);
            }
        }

        void expectLine(String expected) throws Exception {
            String actual = connection.readLine();
            if (!expected.equals(actual)) {
                throw new AssertionError("expected " + expected + ", received " + actual);
            }
        }

        void send(String hex) throws Exception {
            connection.write(HexFormat.of().parseHex(hex.replace(" ", "")));
            connection.flush();
        }

        void sendByteByByte(String hex) throws Exception {
            for (byte each : HexFormat.of().parseHex(hex.replace(" ", ""))) {
                connection.write(new byte[] {each});
                connection.flush();
            }
        }

        void sendText(String text) throws Exception {
            connection.write(text);
            connection.flush();
        }

        /** Waits until the client has ended or reset the connection. */
        void awaitEnd() throws InterruptedException {
            try {
                while (connection.readLine() != null) {}
            } catch (IOException e) {
                // reset
            }
        }

        void echo() throws Exception {
            String line;
            while ((line = connection.readLine()) != null) connection.writeLine(line);
        }
    }
}
