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

/** Servers whose handlers throw for many reasons; the program prints each scenario first. */
final class HandlerFailureProgram {
    private static final ManualClock CLOCK = new ManualClock();

    private HandlerFailureProgram() {}

    /** The client of a scenario, which then waits for the end of its connection. */
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
            otherFailures(runtime);
        }
        System.err.println("ended");
    }

    private static io.loomline.driver.Driver kernel(String name) {
        return name.equals("nio") ? Drivers.nio() : Drivers.epoll();
    }

    private static void badInput(Runtime runtime) throws Exception {
        play(
                runtime,
                "malformed",
                HandlerFailureProgram::echo,
                c -> c.write(new byte[] {'a', -1, '\n'}));
        play(
                runtime,
                "malformed in lines()",
                c -> c.lines().forEach(_ -> {}),
                c -> c.write(new byte[] {'a', -1, '\n'}));
        play(
                runtime,
                "line too long",
                c -> echo(c.lineFormat(LineFormat.DEFAULT.withMaxBytes(3))),
                c -> c.writeLine("four"));
        play(
                runtime,
                "message too long",
                c -> c.readUntil(new byte[] {';'}, 3),
                c -> c.write("12345"));
        play(
                runtime,
                "incomplete",
                c -> c.readExactly(10),
                c -> {
                    c.write("12345");
                    c.shutdownOutput();
                });
        play(
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
            play(runtime, "idle in " + reading, reading::readAll, c -> passTime(c, 6));
            play(runtime, "read timeout in " + reading, reading::readBriefly, c -> passTime(c, 1));
            play(
                    runtime,
                    "cancelled as idle in " + reading,
                    reading::sleepFirst,
                    c -> passTime(c, 6));
            play(
                    runtime,
                    "reset in " + reading,
                    reading::readAll,
                    HandlerFailureProgram::resetLate);
        }
        play(runtime, "wrapped by the handler", Reading.LINES::wrap, c -> passTime(c, 6));
        play(
                runtime,
                "slow line",
                HandlerFailureProgram::echo,
                c -> {
                    c.write("half a line");
                    passTime(c, 1);
                });
    }

    /** Advances the clock after the server had time to wait, until the connection has ended. */
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

        /** The watchdog cancels the sleep, and the read after it throws for the same cancel. */
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
                throw new IllegalStateException("a wrapper of the handler", e);
            }
        }
    }

    /** Resets a connection that is being served, unlike a health check. */
    private static void resetLate(Connection connection) throws Exception {
        connection.writeLine("one");
        Thread.sleep(100);
        connection.abort();
    }

    private static void losses(Runtime runtime) throws Exception {
        play(
                runtime,
                "reset",
                HandlerFailureProgram::echo,
                c -> {
                    c.writeLine("one");
                    c.readLine();
                    c.abort();
                });
        play(runtime, "reset of a health check", HandlerFailureProgram::echo, Connection::abort);
        play(runtime, "end of a health check", c -> c.readExactly(1), Connection::shutdownOutput);
    }

    private static void otherFailures(Runtime runtime) throws Exception {
        play(
                runtime,
                "file",
                c -> Files.readString(Path.of("/no/such/" + c.readLine())),
                c -> c.writeLine("file"));
        play(
                runtime,
                "backend",
                c -> runtime.connect(c.readLine(), 1),
                c -> c.writeLine("localhost"));
        play(
                runtime,
                "without message",
                c -> {
                    c.read(1);
                    throw new IOException();
                },
                c -> c.write("1"));
        play(
                runtime,
                "before it has read",
                c -> {
                    Thread.sleep(100); // the client prints its address first
                    throw new IOException("disk full");
                },
                _ -> {});
    }

    private static void echo(Connection connection) throws Exception {
        String line;
        while ((line = connection.readLine()) != null) connection.writeLine(line);
    }

    private static void play(Runtime runtime, String what, ConnectionHandler handler, Client client)
            throws Exception {
        System.err.println("# " + what);
        try (Server server = runtime.listen(0, handler)) {
            try (Connection connection = runtime.connect("localhost", server.port())) {
                System.err.println("peer " + connection.localAddress());
                client.talk(connection);
                if (connection.isOpen()) awaitEnd(connection);
            }
            while (server.connectionCount() > 0) Thread.sleep(1);
            Thread.sleep(20); // the accepting task may still hold a reset connection
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
