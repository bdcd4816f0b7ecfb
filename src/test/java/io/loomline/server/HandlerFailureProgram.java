package io.loomline.server;

import io.loomline.Drivers;
import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.net.Connection;
import io.loomline.net.ConnectionHandler;
import io.loomline.stream.Limits;
import io.loomline.stream.LineFormat;
import io.loomline.task.Task;
import io.loomline.testing.ManualClock;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Servers whose handlers let through what happens to them; each says what, then the log does. */
final class HandlerFailureProgram {
    private static final ManualClock CLOCK = new ManualClock();

    private HandlerFailureProgram() {}

    /** What a client does before it waits for the end of its connection. */
    private interface Client {
        void talk(Connection connection) throws Exception;
    }

    public static void main(String[] arguments) throws Exception {
        var driver = arguments[0].equals("memory") ? Drivers.memory() : kernel(arguments[0]);
        var options = RuntimeOptions.DEFAULT.withDriver(driver).withClock(CLOCK);
        try (Runtime runtime = Runtime.open(options)) {
            badInput(runtime);
            timeouts(runtime);
            losses(runtime);
            handlersOwn(runtime);
        }
        System.err.println("over");
    }

    private static io.loomline.driver.Driver kernel(String name) {
        return name.equals("nio") ? Drivers.nio() : Drivers.epoll();
    }

    private static void badInput(Runtime runtime) throws Exception {
        meet(
                runtime,
                "malformed",
                HandlerFailureProgram::echo,
                c -> c.write(new byte[] {'a', -1, '\n'}));
        meet(
                runtime,
                "malformed in lines()",
                c -> c.lines().forEach(_ -> {}),
                c -> c.write(new byte[] {'a', -1, '\n'}));
        meet(
                runtime,
                "line too long",
                c -> echo(c.lineFormat(LineFormat.DEFAULT.withMaxBytes(3))),
                c -> c.writeLine("four"));
        meet(
                runtime,
                "message too long",
                c -> c.readUntil(new byte[] {';'}, 3),
                c -> c.write("12345"));
        meet(
                runtime,
                "incomplete",
                c -> c.readExactly(10),
                c -> {
                    c.write("12345");
                    c.shutdownOutput();
                });
        meet(
                runtime,
                "incomplete in a stream",
                c -> new DataInputStream(c.inputStream()).readInt(),
                c -> {
                    c.write("123");
                    c.shutdownOutput();
                });
    }

    private static void timeouts(Runtime runtime) throws Exception {
        for (Reading reading : Reading.values()) {
            meet(runtime, "idle in " + reading, reading::readAll, c -> passTime(c, 6));
            meet(runtime, "read timeout in " + reading, reading::readBriefly, c -> passTime(c, 1));
            meet(
                    runtime,
                    "cancelled as idle in " + reading,
                    reading::sleepFirst,
                    c -> passTime(c, 6));
            meet(
                    runtime,
                    "reset in " + reading,
                    reading::readAll,
                    HandlerFailureProgram::resetLate);
        }
        meet(runtime, "wrapped by the handler", Reading.LINES::wrap, c -> passTime(c, 6));
        meet(
                runtime,
                "slow line",
                HandlerFailureProgram::echo,
                c -> {
                    c.write("half a line");
                    passTime(c, 1);
                });
    }

    /** When the echo has shown that the server waits, and for no timer that was there before. */
    private static void passTime(Connection connection, int minutes) throws Exception {
        while (connection.isOpen()) {
            Thread.sleep(100);
            CLOCK.advance(Duration.ofMinutes(minutes));
            if (connection.read(1).length == 0) return;
        }
    }

    /** The ways to read a connection. All of them end in the same log lines. */
    private enum Reading {
        READ_LINE,
        LINES,
        STREAM;

        void readAll(Connection connection) throws Exception {
            switch (this) {
                case READ_LINE -> {
                    while (connection.readLine() != null) {}
                }
                case LINES -> {
                    for (String line : connection.lines()) connection.writeLine(line);
                }
                case STREAM -> connection.inputStream().transferTo(connection.outputStream());
            }
        }

        void readBriefly(Connection connection) throws Exception {
            readAll(connection.limits(Limits.NONE.withReadTimeout(Duration.ofSeconds(20))));
        }

        /** The watchdog cancels the sleep; the read that follows throws for the same cancel. */
        void sleepFirst(Connection connection) throws Exception {
            try {
                Task.sleep(Duration.ofHours(1));
            } catch (InterruptedException e) {
                readAll(connection);
            }
        }

        void wrap(Connection connection) throws Exception {
            try {
                readAll(connection);
            } catch (UncheckedIOException e) {
                throw new IllegalStateException("the handler's own", e);
            }
        }
    }

    /** After the connection is served, so that the reset is not that of a health check. */
    private static void resetLate(Connection connection) throws Exception {
        connection.writeLine("one");
        Thread.sleep(100);
        connection.abort();
    }

    private static void losses(Runtime runtime) throws Exception {
        meet(
                runtime,
                "reset",
                HandlerFailureProgram::echo,
                c -> {
                    c.writeLine("one");
                    c.readLine();
                    c.abort();
                });
        meet(runtime, "reset of a health check", HandlerFailureProgram::echo, Connection::abort);
        meet(runtime, "end of a health check", c -> c.readExactly(1), Connection::shutdownOutput);
    }

    private static void handlersOwn(Runtime runtime) throws Exception {
        meet(
                runtime,
                "file",
                c -> Files.readString(Path.of("/no/such/" + c.readLine())),
                c -> c.writeLine("file"));
        meet(
                runtime,
                "backend",
                c -> runtime.connect(c.readLine(), 1),
                c -> c.writeLine("localhost"));
        meet(
                runtime,
                "without words",
                c -> {
                    c.read(1);
                    throw new IOException();
                },
                c -> c.write("1"));
        meet(
                runtime,
                "before it has read",
                c -> {
                    Thread.sleep(100); // the client names itself first
                    throw new IOException("disk full");
                },
                _ -> {});
    }

    private static void echo(Connection connection) throws Exception {
        String line;
        while ((line = connection.readLine()) != null) connection.writeLine(line);
    }

    private static void meet(Runtime runtime, String what, ConnectionHandler handler, Client client)
            throws Exception {
        System.err.println("# " + what);
        try (Server server = runtime.listen(0, handler)) {
            try (Connection connection = runtime.connect("localhost", server.port())) {
                System.err.println("peer " + connection.localAddress());
                client.talk(connection);
                if (connection.isOpen()) awaitEnd(connection);
            }
            while (server.connectionCount() > 0) Thread.sleep(1);
            Thread.sleep(20); // the accepting task may still hold one that was reset
            while (server.connectionCount() > 0) Thread.sleep(1);
        }
    }

    private static void awaitEnd(Connection connection) throws InterruptedException {
        try {
            while (connection.read(100).length > 0) {}
        } catch (IOException e) {
            System.err.println("the client was reset");
        }
    }
}
