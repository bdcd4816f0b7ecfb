package io.loomline.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.net.Connection;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Medium;
import io.loomline.server.Server;
import io.loomline.task.Deadline;
import io.loomline.task.Task;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A server that is lost again and again under load: every answer reaches the caller of its request,
 * in the order of the bytes, and every request that was answered has been executed.
 */
@ParameterizedClass
@EnumSource(names = {"TCP", "MEMORY"})
class PipelineLossTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final int CALLERS = 20;
    private static final Backoff SHORT =
            Backoff.DEFAULT.withWaits(Duration.ofNanos(1_000), Duration.ofMillis(1));

    @Parameter Medium medium;

    @AutoClose private Runtime runtime;

    private Server server;
    private Pipeline<String> pipeline;

    private final Set<String> executed = ConcurrentHashMap.newKeySet();
    private final AtomicInteger losses = new AtomicInteger();
    private final AtomicInteger logins = new AtomicInteger();
    private final AtomicInteger failures = new AtomicInteger();
    private final AtomicInteger timeouts = new AtomicInteger();

    @BeforeEach
    void start() throws Exception {
        runtime = Runtime.open(RuntimeOptions.DEFAULT.withDriver(medium.newDriver()));
        server = runtime.listen(0, this::serve);
        var client =
                Reconnecting.of(() -> runtime.connect("localhost", server.port()))
                        .backoff(SHORT)
                        .onConnected(this::logIn)
                        .onLost(_ -> losses.incrementAndGet());
        pipeline = Pipeline.over(client, Connection::readLine).limit(CALLERS / 2);
        runtime.start("pipeline", pipeline::run);
    }

    private void logIn(Connection connection) throws Exception {
        connection.writeLine("login");
        if (!"welcome".equals(connection.readLine())) throw new IOException("not welcome");
        logins.incrementAndGet();
    }

    /** Executes requests until it is lost, in one way or another, at a random point. */
    private void serve(Connection connection) throws Exception {
        int last = nextInt(200);
        if (last < 10) return; // before the login
        connection.readLine();
        connection.writeLine("welcome");
        for (int i = 0; i < last; i++) {
            String line = connection.readLine();
            if (line == null) return;
            executed.add(line);
            if (i == last - 1 && last % 3 == 0) break; // executed, but not answered
            connection.writeLine(line);
        }
        if (last % 2 == 0) connection.abort();
    }

    private static int nextInt(int bound) {
        return ThreadLocalRandom.current().nextInt(bound);
    }

    /** Repeats the request until it is answered. */
    private void request(String text) throws Exception {
        while (true) {
            try {
                assertEquals(text, answerInTime(text));
                assertTrue(executed.contains(text), text);
                return;
            } catch (IOException e) {
                assertTrue(e.getMessage().contains("localhost"), e::toString);
                failures.incrementAndGet();
            } catch (TimeoutException e) {
                timeouts.incrementAndGet();
            }
        }
    }

    /** Some callers give up after a time in which any step may be in progress. */
    private String answerInTime(String text) throws Exception {
        if (nextInt(4) > 0) return pipeline.call(text + "\n");
        var deadline = Deadline.after(Duration.ofNanos(nextInt(1_000_000)));
        return deadline.call(() -> pipeline.call(text + "\n"));
    }

    private void load(int rounds) throws Exception {
        try (var group = runtime.group()) {
            for (int caller = 0; caller < CALLERS; caller++) {
                String name = "caller " + caller + " request ";
                group.start(() -> {
                    for (int i = 0; losses.get() < rounds; i++) request(name + i);
                });
            }
            group.await();
        }
        assertTrue(failures.get() > 0 && timeouts.get() > 0, "no request failed");
        assertTrue(logins.get() >= losses.get());
    }

    @Test
    void everyAnswerReachesItsCaller() throws Exception {
        load(20);
    }

    @Test
    @Tag("stress")
    void everyAnswerReachesItsCallerInManyRounds() throws Exception {
        load(1_000);
    }

    /** Answers of one caller come in the order of its requests. */
    @Test
    void futuresAreCompletedInTheOrderOfTheRequests() throws Exception {
        var completed = new AtomicInteger();
        Task<Void> sender =
                runtime.start(() -> {
                    for (int i = 0; losses.get() < 20; i++) {
                        int number = i;
                        try {
                            var answer = pipeline.send("request " + i + "\n");
                            answer.whenComplete(
                                    (_, _) -> assertTrue(completed.getAndSet(number) <= number));
                            if (i % 50 == 0) answer.join();
                        } catch (IOException | CompletionException e) {
                            failures.incrementAndGet();
                        }
                    }
                });
        sender.join();
        assertTrue(failures.get() > 0, "no request failed");
    }
}
