package io.loomline.peers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.Runtime;
import io.loomline.connect.ConnectFailedException;
import io.loomline.net.Connection;
import io.loomline.probe.Leftovers;
import io.loomline.probe.LoopbackAddress;
import io.loomline.probe.Programs;
import io.loomline.task.Task;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** A pipeline of commands to a redis-server, over TCP and over a Unix-domain socket. */
class RedisPeerTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    @RegisterExtension final Children children = new Children();
    @TempDir Path directory;

    private final Runtime runtime = Runtime.open();
    private Process redis;
    private int port;

    @BeforeEach
    void start() throws IOException {
        String program = Programs.require("redis-server", "redis-server");
        port = LoopbackAddress.freePort();
        redis =
                children.start(
                        List.of(
                                program,
                                "--port",
                                "" + port,
                                "--bind",
                                "127.0.0.1",
                                "--unixsocket",
                                path().toString(),
                                "--save",
                                "",
                                "--dir",
                                directory.toString(),
                                "--logfile",
                                "redis.log"));
    }

    @AfterEach
    void close() {
        runtime.close();
    }

    private Path path() {
        return directory.resolve("redis");
    }

    private Connection connect(String transport) throws Exception {
        SocketAddress address =
                transport.equals("tcp")
                        ? LoopbackAddress.of(port)
                        : UnixDomainSocketAddress.of(path());
        while (true) {
            try {
                return runtime.connect(address);
            } catch (ConnectFailedException e) {
                assertTrue(redis.isAlive(), e::toString);
                Thread.onSpinWait();
            }
        }
    }

    private static byte[] command(Object... words) {
        var command = new ByteArrayOutputStream();
        command.writeBytes(ascii("*" + words.length + "\r\n"));
        for (Object word : words) {
            byte[] bytes = word instanceof byte[] raw ? raw : ascii(word.toString());
            command.writeBytes(ascii("$" + bytes.length + "\r\n"));
            command.writeBytes(bytes);
            command.writeBytes(ascii("\r\n"));
        }
        return command.toByteArray();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] readBulk(Connection connection) throws Exception {
        String header = connection.readLine();
        assertTrue(header.startsWith("$"), header);
        byte[] bytes = connection.readExactly(Integer.parseInt(header.substring(1)));
        assertEquals("", connection.readLine());
        return bytes;
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp", "unix"})
    void answersOfAPipelineArriveInOrder(String transport) throws Exception {
        try (var connection = connect(transport)) {
            Task<Void> writing =
                    runtime.start(() -> {
                        for (int i = 1; i <= 5_000; i++) {
                            connection.write(command("INCR", "counter"));
                            connection.write(command("ECHO", "echo " + i));
                        }
                    });
            for (int i = 1; i <= 5_000; i++) {
                assertEquals(":" + i, connection.readLine());
                assertArrayEquals(ascii("echo " + i), readBulk(connection));
            }
            writing.join();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp", "unix"})
    void valuesOfAMegabyteAreReturnedUnchanged(String transport) throws Exception {
        byte[] value = new byte[1 << 20];
        new Random(1).nextBytes(value);
        try (var connection = connect(transport)) {
            for (int i = 0; i < 5; i++) {
                connection.write(command("SET", "value", value));
                assertEquals("+OK", connection.readLine());
                connection.write(command("GET", "value"));
                assertArrayEquals(value, readBulk(connection));
            }
        }
    }
}
