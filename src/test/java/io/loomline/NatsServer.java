package io.loomline;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.LoopbackAddress;
import io.loomline.probe.Programs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A nats-server with a stream store that survives its process. */
final class NatsServer implements AutoCloseable {
    private final String program = Programs.require("nats-server", "nats-server");
    private final Path directory;
    private final int port;
    private int starts;
    private Process process;

    NatsServer(Path directory) throws IOException {
        this.directory = directory;
        port = LoopbackAddress.freePort();
    }

    String address() {
        return "127.0.0.1:" + port;
    }

    int port() {
        return port;
    }

    /** Starts it, for the first time or again. Returns when it is ready. */
    void start() throws IOException {
        Path log = directory.resolve("log" + starts++);
        process =
                new ProcessBuilder(
                                program,
                                "--addr",
                                "127.0.0.1",
                                "--port",
                                "" + port,
                                "--jetstream",
                                "--store_dir",
                                directory.resolve("store").toString(),
                                "--log",
                                log.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        while (!Files.exists(log) || !Files.readString(log).contains("Server is ready")) {
            assertTrue(process.isAlive(), "nats-server has ended");
            Thread.onSpinWait();
        }
    }

    /** Ends it with SIGKILL. */
    void kill() {
        process.destroyForcibly().onExit().join();
    }

    @Override
    public void close() {
        if (process != null) kill();
    }
}
