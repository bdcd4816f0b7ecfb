package io.loomline.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.loomline.Drivers;
import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.net.Connection;
import io.loomline.net.ConnectionHandler;
import io.loomline.probe.Leftovers;
import io.loomline.server.Server;
import io.loomline.stream.Limits;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** A pipeline over a client, whose first connections are of no use. */
class PipelineClientTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final Duration SHORT = Duration.ofMillis(20);

    @AutoClose
    private final Runtime runtime =
            Runtime.open(RuntimeOptions.DEFAULT.withDriver(Drivers.memory()));

    private final AtomicInteger connections = new AtomicInteger();
    private final LinkedBlockingQueue<Exception> losses = new LinkedBlockingQueue<>();

    /** The first connection is served by that handler, and echoes follow. */
    private Pipeline<Integer> pipeline(ConnectionHandler first) throws IOException {
        Server server =
                runtime.listen(
                        0,
                        connection -> {
                            if (connections.incrementAndGet() == 1) first.handle(connection);
                            else echo(connection);
                        });
        var limits = Limits.DEFAULT.withWriteTimeout(SHORT);
        var client =
                Reconnecting.of(() -> runtime.connect("localhost", server.port()).limits(limits))
                        .backoff(Backoff.DEFAULT.withWaits(Duration.ofNanos(1_000), SHORT))
                        .onLost(losses::add);
        return Pipeline.over(client, connection -> Integer.parseInt(connection.requireLine()));
    }

    private static void echo(Connection connection) throws Exception {
        for (String line : connection.lines()) connection.writeLine(line.strip());
    }

    private static void ignore(Connection ignored) throws InterruptedException {
        new CountDownLatch(1).await();
    }

    private int answerAfterFailures(Pipeline<Integer> pipeline, String request) throws Exception {
        while (true) {
            try {
                return pipeline.call(request);
            } catch (IOException e) {
                // the connection was lost; another one follows
            }
        }
    }

    @Test
    void connectionWhosePeerDoesNotReadIsReplaced() throws Exception {
        var pipeline = pipeline(PipelineClientTest::ignore);
        runtime.start(pipeline::run);
        String large = " ".repeat(60_000) + "7\n";
        try (var group = runtime.group()) {
            for (int i = 0; i < 20; i++) {
                group.start(() -> assertEquals(7, answerAfterFailures(pipeline, large)));
            }
            group.await();
        }
        assertEquals(2, connections.get());
    }

    @Test
    void connectionWhosePeerDoesNotAnswerIsReplaced() throws Exception {
        var pipeline = pipeline(PipelineClientTest::ignore).answerTimeout(SHORT);
        runtime.start(pipeline::run);
        assertThrows(IOException.class, () -> pipeline.call("1\n"));
        assertEquals("no answer within PT0.02S", losses.take().getMessage());
        assertEquals(2, pipeline.call("2\n"));
    }

    @Test
    void garbageThatTheReaderCannotParseEndsItsConnectionOnly() throws Exception {
        var pipeline = pipeline(connection -> connection.writeLine("garbage"));
        runtime.start(pipeline::run);
        assertInstanceOf(NumberFormatException.class, losses.take());
        assertEquals(2, answerAfterFailures(pipeline, "2\n"));
    }

    @Test
    void refusedSecondRunLeavesTheFirstAlone() throws Exception {
        var pipeline = pipeline(PipelineClientTest::echo);
        runtime.start(pipeline::run);
        assertEquals(1, pipeline.call("1\n"));
        assertThrows(IllegalStateException.class, pipeline::run);
        assertEquals(2, pipeline.call("2\n"));
    }
}
