package io.loomline.net.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.loomline.net.Connection;
import io.loomline.net.Connections;
import io.loomline.probe.Call;
import io.loomline.probe.Eventually;
import io.loomline.probe.FakeChannel;
import io.loomline.stream.ConnectionClosedException;
import io.loomline.stream.Limits;
import io.loomline.task.SystemClock;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.lang.ref.WeakReference;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** One timer for all waiting threads, and none while no thread waits. */
class TimeoutSweeperTest {
    private static final Limits TEN_SECONDS = Limits.NONE.withReadTimeout(Duration.ofSeconds(10));

    private final ManualClock clock = new ManualClock();
    private final Connections connections = new Connections(clock);

    @Test
    void readsThatDoNotWaitSetNoTimer() throws Exception {
        var channel = new FakeChannel();
        var connection = connections.over(channel, TEN_SECONDS);
        assertEquals(0, clock.timers());
        channel.feed("a\nb\n");
        connection.readLine();
        connection.readLine();
        assertEquals(0, clock.timers());
        connection.abort();
    }

    @Test
    void allWaitingThreadsShareOneTimer() throws Exception {
        List<Connection> opened = new ArrayList<>();
        List<Call<String>> calls = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            var connection = connections.over(new FakeChannel(), TEN_SECONDS);
            opened.add(connection);
            calls.add(Call.of(connection::readLine).awaitIn("awaitReadable"));
            assertEquals(1, clock.timers());
        }
        clock.advance(Duration.ofSeconds(10));
        for (var call : calls) call.failure(SocketTimeoutException.class);
        opened.forEach(Connection::abort);
        assertEquals(0, clock.timers());
    }

    @Test
    void eachThreadIsWokenAtItsOwnTimeout() throws Exception {
        List<Call<String>> calls = new ArrayList<>();
        List<Connection> opened = new ArrayList<>();
        for (int seconds :
                new int[] {30, 10, 20}) { // the first needs a new timer, the second an earlier one
            var limits = Limits.NONE.withReadTimeout(Duration.ofSeconds(seconds));
            var connection = connections.over(new FakeChannel(), limits);
            opened.add(connection);
            calls.add(Call.of(connection::readLine).awaitIn("awaitReadable"));
        }
        for (int next : new int[] {1, 2, 0}) {
            clock.advance(Duration.ofSeconds(10).minusNanos(1));
            assertFalse(calls.get(next).isDone());
            clock.advance(Duration.ofNanos(1));
            calls.get(next).failure(SocketTimeoutException.class);
        }
        opened.forEach(Connection::abort);
        assertEquals(0, clock.timers());
    }

    @Test
    void threadThatNoLongerWaitsKeepsNoTimer() throws Exception {
        var channel = new FakeChannel();
        var connection = connections.over(channel, TEN_SECONDS);
        var call = Call.of(connection::readLine).awaitIn("awaitReadable");
        channel.feed("a\n");
        call.result();
        clock.advance(Duration.ofSeconds(10)); // finds no thread
        assertEquals(0, clock.timers());
        var again = Call.of(connection::readLine).awaitIn("awaitReadable");
        assertEquals(1, clock.timers());
        clock.advance(Duration.ofSeconds(10));
        again.failure(SocketTimeoutException.class);
        connection.abort();
    }

    @Test
    void closedConnectionBecomesUnreachable() throws Exception {
        var staying = connections.over(new FakeChannel(), TEN_SECONDS);
        var call = Call.of(staying::readLine).awaitIn("awaitReadable");
        var closed = closedWhileItWaits();
        while (closed.get() != null) {
            System.gc();
            Thread.onSpinWait();
        }
        call.cancel();
        call.awaitEnd();
        staying.abort();
        assertEquals(0, clock.timers());
    }

    private WeakReference<Connection> closedWhileItWaits() throws Exception {
        var connection = connections.over(new FakeChannel(), TEN_SECONDS);
        var call = Call.of(connection::readLine).awaitIn("awaitReadable");
        connection.close();
        call.failure(ConnectionClosedException.class);
        return new WeakReference<>(connection);
    }

    /** A lock may consume the unpark, so the sweeper repeats it. */
    @Test
    void threadThatMissedAWakeUpIsWokenAgain() throws Exception {
        var channel = new FakeChannel();
        var connection = connections.over(channel, TEN_SECONDS);
        var tries = new AtomicInteger();
        channel.beforeWait(() -> {
            if (tries.getAndIncrement() == 0) LockSupport.park();
        });
        var call = Call.of(connection::readLine);
        Eventually.holds(() -> tries.get() == 1);
        Eventually.holds(() -> clock.timers() == 1);
        while (!call.isDone()) clock.advance(Duration.ofSeconds(1));
        call.failure(SocketTimeoutException.class);
        connection.abort();
    }

    /** Uses the system clock. */
    @Test
    void readWithAShortTimeoutTimesOutOnTheSystemClock() throws Exception {
        var limits = Limits.NONE.withReadTimeout(Duration.ofMillis(20));
        var connection = new Connections(SystemClock.INSTANCE).over(new FakeChannel(), limits);
        long before = System.nanoTime();
        Call.of(connection::readLine).failure(SocketTimeoutException.class);
        long waited = System.nanoTime() - before;
        assertFalse(waited < Duration.ofMillis(20).toNanos(), () -> "early: " + waited);
        connection.abort();
    }

    /** Each read gets one of the three, and none hangs. */
    @Test
    @Tag("stress")
    void readReturnsWhenInputTimeoutAndCloseRace() throws Exception {
        var shared = new Connections(SystemClock.INSTANCE);
        var limits = Limits.NONE.withReadTimeout(Duration.ofMillis(2));
        var random = new Random(1);
        for (int round = 0; round < 5_000; round++) {
            var channel = new FakeChannel();
            var connection = shared.over(channel, limits);
            var call = Call.of(() -> readAndCount(connection));
            int lines = random.nextInt(3);
            for (int i = 0; i < lines; i++) {
                for (int spins = random.nextInt(20_000); spins > 0; spins--) Thread.onSpinWait();
                channel.feed("line\n");
            }
            if (random.nextBoolean()) connection.abort();
            channel.ended();
            connection.close();
            call.awaitEnd();
        }
    }

    private static int readAndCount(Connection connection) throws Exception {
        int lines = 0;
        while (true) {
            try {
                if (connection.readLine() == null) return lines;
                lines++;
            } catch (SocketTimeoutException e) {
                assertFalse(Thread.currentThread().isInterrupted()); // and no byte is lost
            } catch (ConnectionClosedException e) {
                return lines;
            }
        }
    }
}
