package io.loomline.connect;

import io.loomline.Runtime;
import io.loomline.net.Connection;
import io.loomline.server.Server;

import java.io.IOException;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;

/** A proxy that says what a test wants it to, and notes what it was told. */
final class FakeProxy implements AutoCloseable {
    /** What is said on a connection. */
    interface Script {
        void run(Talk talk) throws Exception;
    }

    private final Server server;
    private final CompletableFuture<Void> ended = new CompletableFuture<>();

    FakeProxy(Runtime runtime, Script script) throws IOException {
        server =
                runtime.listen(
                        0,
                        connection -> {
                            try {
                                script.run(new Talk(connection));
                                ended.complete(null);
                            } catch (Throwable e) {
                                ended.completeExceptionally(e);
                                throw e;
                            }
                        });
    }

    /** Says nothing more once it has read so many bytes, but keeps the connection. */
    static Script silentAfter(int bytes) {
        return talk -> {
            talk.connection.readExactly(bytes);
            talk.awaitEnd();
        };
    }

    int port() {
        return server.port();
    }

    /** Returns when the script is through; what it threw is thrown. */
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

    /** The proxy's end of a connection. */
    record Talk(Connection connection) {
        void expect(String hex) throws Exception {
            byte[] expected = HexFormat.of().parseHex(hex.replace(" ", ""));
            String actual = HexFormat.of().formatHex(connection.readExactly(expected.length));
            if (!actual.equals(HexFormat.of().formatHex(expected))) {
                throw new AssertionError("expected " + hex + ", was told " + actual);
            }
        }

        void expectLine(String expected) throws Exception {
            String actual = connection.readLine();
            if (!expected.equals(actual)) {
                throw new AssertionError("expected " + expected + ", was told " + actual);
            }
        }

        void say(String hex) throws Exception {
            connection.write(HexFormat.of().parseHex(hex.replace(" ", "")));
            connection.flush();
        }

        /** One byte at a time. */
        void trickle(String hex) throws Exception {
            for (byte each : HexFormat.of().parseHex(hex.replace(" ", ""))) {
                connection.write(new byte[] {each});
                connection.flush();
            }
        }

        void sayText(String text) throws Exception {
            connection.write(text);
            connection.flush();
        }

        /** Returns when the other side has ended the connection, however it did. */
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
