package io.loomline.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.Drivers;
import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.net.Connection;
import io.loomline.probe.Child;
import io.loomline.probe.Leftovers;
import io.loomline.task.Task;
import io.loomline.testing.ConnectionPair;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;

/** A client that reconnects with growing delays. */
class ReconnectingTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final Duration SECOND = Duration.ofSeconds(1);

    /** Delays of 1 s, 2 s, 4 s, 8 s, 8 s. */
    private static final Backoff EXACT =
            Backoff.DEFAULT.withWaits(SECOND, Duration.ofSeconds(8)).withJitter(0);

    private final ManualClock clock = new ManualClock();

    @AutoClose
    private final Runtime runtime =
            Runtime.open(RuntimeOptions.DEFAULT.withDriver(Drivers.memory()).withClock(clock));

    private final LinkedBlockingQueue<Long> tries = new LinkedBlockingQueue<>();

    private Connection refuse() throws IOException {
        tries.add(Duration.ofNanos(clock.nanoTime()).toSeconds());
        throw new ConnectException("on purpose");
    }

    @Test
    void delaysGrowWhileConnectsFail() throws Exception {
        Task<Void> client =
                runtime.start(() -> Reconnecting.run(this::refuse, EXACT, Connection::close));
        List<Long> times = new ArrayList<>(List.of(tries.take()));
        for (int seconds : new int[] {1, 2, 4, 8, 8}) {
            clock.awaitTimers(1);
            clock.advance(Duration.ofSeconds(seconds).minusNanos(1));
            assertTrue(tries.isEmpty());
            clock.advance(Duration.ofNanos(1));
            times.add(tries.take());
        }
        assertEquals(List.of(0L, 1L, 3L, 7L, 15L, 23L), times);
        client.cancelAndJoin();
        assertTrue(client.isCancelled());
    }

    @Test
    void longConnectionResetsTheDelays() throws Exception {
        var handled = new LinkedBlockingQueue<Connection>();
        Task<Void> client =
                runtime.start(() ->
                        Reconnecting.run(
                                () -> {
                                    tries.add(Duration.ofNanos(clock.nanoTime()).toSeconds());
                                    return ConnectionPair.open().first();
                                },
                                EXACT,
                                connection -> {
                                    handled.add(connection);
                                    if (tries.size() % 2 == 0) Task.sleep(Duration.ofSeconds(9));
                                }));
        handled.take(); // returns at once; the delay is 1 s
        clock.awaitTimers(1);
        clock.advance(SECOND);
        Connection second = handled.take(); // lasts 9 s; the delay is 1 s again
        clock.awaitTimers(1);
        assertTrue(second.isOpen());
        clock.advance(Duration.ofSeconds(9));
        clock.awaitTimers(1);
        assertFalse(second.isOpen());
        clock.advance(SECOND);
        handled.take();
        assertEquals(List.of(0L, 1L, 11L), List.copyOf(tries));
        client.cancelAndJoin();
    }

    @Test
    void otherExceptionOfTheHandlerEndsReconnecting() {
        var failure = new Exception("on purpose");
        var connection = ConnectionPair.open().first();
        Task<Void> client =
                runtime.start(() ->
                        Reconnecting.run(
                                () -> connection,
                                EXACT,
                                _ -> {
                                    throw failure;
                                }));
        assertSame(failure, assertThrows(ExecutionException.class, client::join).getCause());
        assertFalse(connection.isOpen());
    }

    @Test
    void cancelEndsAHandlerAndClosesItsConnection() throws Exception {
        var handled = new LinkedBlockingQueue<Connection>();
        Task<Void> client =
                runtime.start(() ->
                        Reconnecting.run(
                                () -> ConnectionPair.open().first(),
                                EXACT,
                                connection -> {
                                    handled.add(connection);
                                    connection.readLine();
                                }));
        Connection connection = handled.take();
        client.cancel();
        assertThrows(CancellationException.class, client::join);
        assertFalse(connection.isOpen());
    }

    @Test
    void jitterShortensDelaysWithinItsBound() {
        var random = new SplittableRandom(7);
        for (int i = 0; i < 1_000; i++) {
            long millis = Backoff.DEFAULT.delay(3, random).toMillis();
            assertTrue(200 <= millis && millis <= 400, () -> millis + " ms");
            assertTrue(Backoff.DEFAULT.delay(1_000, random).compareTo(Duration.ofSeconds(30)) <= 0);
        }
        assertEquals(Duration.ofSeconds(8), EXACT.delay(Integer.MAX_VALUE, random));
        assertThrows(IllegalArgumentException.class, () -> EXACT.delay(0, random));
    }

    @ParameterizedTest
    @CsvSource({
        "0,1,2,0.5,first PT0S",
        "2,1,2,0.5,longest PT1S",
        "1,2,0.9,0.5,factor 0.9",
        "1,2,2,1.1,jitter 1.1"
    })
    void invalidValuesAreRejected(
            int first, int longest, double factor, double jitter, String named) {
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () ->
                                new Backoff(
                                        Duration.ofSeconds(first),
                                        Duration.ofSeconds(longest),
                                        factor,
                                        jitter));
        assertTrue(e.getMessage().startsWith(named + ": expected "), e::toString);
    }

    @Test
    void connectionLostWithinLinesIsReplaced() throws Exception {
        var handled = new LinkedBlockingQueue<Connection>();
        Task<Void> client =
                runtime.start(() ->
                        Reconnecting.run(
                                () -> {
                                    ConnectionPair pair = ConnectionPair.open();
                                    pair.second().abort();
                                    return pair.first();
                                },
                                EXACT,
                                connection -> {
                                    handled.add(connection);
                                    connection.lines().forEach(_ -> {});
                                }));
        handled.take();
        clock.awaitTimers(1);
        clock.advance(SECOND);
        handled.take();
        client.cancelAndJoin();
        assertTrue(client.isCancelled());
    }

    @Test
    void hugeDelaysDoNotOverflow() {
        var never = Duration.ofSeconds(Long.MAX_VALUE);
        var huge = Backoff.DEFAULT.withWaits(never, never).withJitter(0);
        assertTrue(huge.delay(3, new SplittableRandom(7)).toDays() > 36_500);
    }

    @Tag("slow")
    @ParameterizedTest
    @CsvSource({
        "refused, cannot connect to localhost:1: ",
        "reset, a connection was lost: reading from ",
        "without message, cannot connect: java.io.IOException; trying"
    })
    void logNamesTheFailureAndTheNextAttempt(String what, String said) throws Exception {
        List<String> options =
                List.of("-Dorg.slf4j.simpleLogger.log.io.loomline.connect.Reconnecting=info");
        try (Child child = Child.start(ReconnectingProgram.class, options, what)) {
            List<String> output = child.rest();
            List<String> lines =
                    output.stream().filter(line -> line.contains("Reconnecting - ")).toList();
            assertTrue(output.contains("ended"), output::toString);
            assertTrue(lines.size() >= 2 && lines.size() <= 20, "lines: " + lines.size());
            for (String line : lines) {
                assertTrue(line.contains(" - " + said), line);
                assertTrue(line.contains("; trying again in PT0.001S"), line);
                assertFalse(line.contains("null"), line);
            }
        }
    }
}
