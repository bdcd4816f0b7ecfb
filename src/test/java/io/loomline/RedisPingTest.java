package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.LoopbackAddress;
import io.loomline.probe.Programs;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The sample {@code RedisPing}, with a redis-server. {@link SamplesTest} runs it without one. */
class RedisPingTest {
    @TempDir Path directory;

    @Test
    void everyAnswerArrivesInOrder() throws Exception {
        String port = "" + LoopbackAddress.freePort();
        Path log = directory.resolve("log");
        Process redis =
                new ProcessBuilder(
                                Programs.require("redis-server", "redis-server"),
                                "--port",
                                port,
                                "--bind",
                                "127.0.0.1",
                                "--save",
                                "")
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
}
