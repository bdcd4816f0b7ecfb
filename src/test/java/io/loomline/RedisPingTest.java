package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The sample {@code RedisPing}, with a redis-server and without. */
class RedisPingTest {
    @TempDir Path directory;

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static String requireRedis() {
        String path = "/usr/bin" + File.pathSeparator + System.getenv("PATH");
        var found =
                Stream.of(path.split(File.pathSeparator))
                        .map(folder -> Path.of(folder, "redis-server"))
                        .filter(Files::isExecutable)
                        .findFirst();
        assumeTrue(found.isPresent(), "redis-server is not installed: package redis-server");
        return found.orElseThrow().toString();
    }

    @Test
    void everyAnswerComesInOrder() throws Exception {
        String port = "" + freePort();
        Path log = directory.resolve("log");
        Process redis =
                new ProcessBuilder(
                                requireRedis(), "--port", port, "--bind", "127.0.0.1", "--save", "")
                        .directory(directory.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        try {
            while (!Files.readString(log).contains("Ready to accept")) {
                assertTrue(redis.isAlive(), "redis-server has ended");
                Thread.onSpinWait();
            }
            var arguments = List.of("127.0.0.1:" + port, "5000");
            try (var sample = SampleProcess.startSource("RedisPing", arguments)) {
                sample.awaitLine("5,000 answers, all in order");
                assertEquals(0, sample.awaitExit(), sample::printed);
            }
        } finally {
            redis.destroyForcibly().onExit().join();
        }
    }

    @Test
    void withoutAServerItSaysHowToStartOne() throws Exception {
        String port = "" + freePort();
        try (var sample = SampleProcess.startSource("RedisPing", List.of("127.0.0.1:" + port))) {
            sample.awaitLine("redis-server --port " + port);
            assertEquals(0, sample.awaitExit(), sample::printed);
        }
    }
}
