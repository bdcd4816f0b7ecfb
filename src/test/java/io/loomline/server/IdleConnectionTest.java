package io.loomline.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.RuntimeOptions;
import io.loomline.net.Connection;
import io.loomline.net.ConnectionHandler;
import io.loomline.probe.CapturedLog;
import io.loomline.probe.Eventually;
import io.loomline.stream.Limits;
import io.loomline.task.Task;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** The idle timeout of an accepted connection applies wherever its handler waits. */
@ParameterizedClass
@EnumSource(names = {"TCP", "MEMORY"})
class IdleConnectionTest extends ServerFixture {
    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final Duration STEP = Duration.ofSeconds(5);

    private final ManualClock clock = new ManualClock();
    private final Semaphore word = new Semaphore(0);
    private final CompletableFuture<String> end = new CompletableFuture<>();
    private final CompletableFuture<Thread> handling = new CompletableFuture<>();
    private Server server;

    @Override
    RuntimeOptions options() {
        return super.options().withClock(clock);
    }

    private Connection connect(ConnectionHandler handler) throws Exception {
        server =
                runtime.listen(
                        anyPort(),
                        ServerOptions.DEFAULT,
                        connection -> {
                            try {
                                handling.complete(Thread.currentThread());
                                handler.handle(connection);
                                end.complete("returned");
                            } catch (InterruptedException e) {
                                end.complete(Task.current().cancelReason().orElse("interrupted"));
                                throw e;
                            } catch (IOException e) {
                                end.complete("" + e);
                                throw e;
                            }
                        });
        Connection client = runtime.connect(server.localAddress());
        client.limits(Limits.NONE);
        handling.get(); // a task cancelled before its start never runs
        return client;
    }

    /** Advances the clock in steps until the time has passed or the handler has ended. */
    private Duration pass(Duration time) {
        Duration passed = Duration.ZERO;
        while (passed.compareTo(time) < 0 && !end.isDone()) {
            clock.advance(STEP);
            passed = passed.plus(STEP);
        }
        return passed;
    }

    /** Advances the clock until the handler has ended, which may not have waited yet. */
    private String endAfter(Duration limit) throws Exception {
        pass(limit);
        while (!end.isDone()) {
            clock.advance(STEP);
            end.copy().completeOnTimeout("", 100, TimeUnit.MILLISECONDS).get();
        }
        return end.get();
    }

    @Test
    void handlerThatWaitsElsewhereIsCancelledAndLogged() throws Exception {
        try (var log = new CapturedLog()) {
            Connection client = connect(connection -> word.acquire());
            client.close();
            assertEquals(LIMIT.minus(STEP), pass(LIMIT.minus(STEP)));
            assertEquals(1, server.connectionCount());
            assertTrue(endAfter(Duration.ZERO).contains("idleTimeout PT5M"), () -> end.getNow(""));
            Eventually.holds(() -> server.connectionCount() == 0);
            assertEquals(0, log.lines("ERROR").size());
        }
    }

    @Test
    void sleepingHandlerIsCancelled() throws Exception {
        try (Connection client = connect(connection -> Task.sleep(Duration.ofHours(1)))) {
            assertTrue(endAfter(LIMIT).contains("idleTimeout"), () -> end.getNow(""));
            assertEquals(null, client.readLine());
        }
    }

    @Test
    void movingBytesKeepTheConnectionAlive() throws Exception {
        try (Connection client =
                connect(connection -> {
                    for (int i = 0; i < 10; i++) {
                        word.acquire();
                        connection.writeLine("news");
                    }
                })) {
            for (int i = 0; i < 10; i++) {
                pass(LIMIT.minus(STEP));
                word.release();
                assertEquals("news", client.readLine());
            }
            assertEquals("returned", end.get());
        }
    }

    @Test
    void readOfTheConnectionTimesOutByItself() throws Exception {
        try (Connection client = connect(Connection::readLine)) {
            Eventually.waitsIn(handling.join(), "awaitReadable");
            assertTrue(
                    endAfter(LIMIT).contains("TimeoutException: idleTimeout"),
                    () -> end.getNow(""));
            assertEquals(null, client.readLine());
        }
    }

    @Test
    void connectionWithoutIdleTimeoutIsNotCancelled() throws Exception {
        try (Connection client =
                connect(connection -> {
                    connection.limits(Limits.DEFAULT.withIdleTimeout(Limits.NO_LIMIT));
                    word.acquire();
                })) {
            Eventually.waitsIn(handling.join(), "acquire");
            pass(LIMIT.multipliedBy(3));
            assertEquals(1, server.connectionCount());
            word.release();
            assertEquals("returned", end.get());
            assertEquals(null, client.readLine());
        }
    }

    @Test
    void shorterTimeoutOfTheConnectionApplies() throws Exception {
        try (Connection client =
                connect(connection -> {
                    connection.limits(Limits.DEFAULT.withIdleTimeout(Duration.ofMinutes(1)));
                    connection.writeLine("set");
                    word.acquire();
                })) {
            assertEquals("set", client.readLine());
            assertTrue(
                    endAfter(Duration.ofMinutes(1)).contains("idleTimeout PT1M"),
                    () -> end.getNow(""));
        }
    }

    @Test
    void fullServerAdmitsOthersOnceIdleOnesAreCancelled() throws Exception {
        Connection gone = connect(connection -> word.acquire());
        server.maxConnections(1);
        gone.close();
        try (Connection next = runtime.connect(server.localAddress())) {
            endAfter(LIMIT);
            Eventually.holds(() -> server.acceptedCount() == 2);
            word.release();
            assertEquals(null, next.readLine());
        }
    }

    @Test
    void noTimerIsLeftWithoutConnections() throws Exception {
        connect(connection -> connection.readLine()).close();
        Eventually.holds(() -> server.connectionCount() == 0 && clock.timers() == 0);
    }
}
