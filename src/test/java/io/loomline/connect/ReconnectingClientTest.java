package io.loomline.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.Drivers;
import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.net.Connection;
import io.loomline.net.ConnectionHandler;
import io.loomline.probe.CapturedLog;
import io.loomline.probe.Leftovers;
import io.loomline.task.Deadline;
import io.loomline.task.Task;
import io.loomline.testing.ConnectionPair;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.function.Executable;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeoutException;

/** Tasks that use the connections of one client, each of which may be lost. */
class ReconnectingClientTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Backoff EXACT =
            Backoff.DEFAULT.withWaits(SECOND, Duration.ofSeconds(8)).withJitter(0);

    private final ManualClock clock = new ManualClock();

    @AutoClose
    private final Runtime runtime =
            Runtime.open(RuntimeOptions.DEFAULT.withDriver(Drivers.memory()).withClock(clock));

    private final LinkedBlockingQueue<Exception> losses = new LinkedBlockingQueue<>();

    /** The server's sides of the connections. */
    private final LinkedBlockingQueue<Connection> peers = new LinkedBlockingQueue<>();

    private volatile boolean isRefusing;

    private final Reconnecting client =
            Reconnecting.of(this::connect).backoff(EXACT).onLost(losses::add);

    private Connection connect() throws IOException {
        if (isRefusing) throw new ConnectException("refused on purpose");
        ConnectionPair pair = ConnectionPair.open();
        peers.add(pair.second());
        return pair.first();
    }

    private static void readToEnd(Connection connection) throws Exception {
        while (connection.readLine() != null) {}
    }

    private Task<Void> run(ConnectionHandler handler) {
        return runtime.start(() -> client.run(handler));
    }

    private Task<Connection> asking() {
        return runtime.start(() -> client.connection());
    }

    private void pass(Duration time) throws InterruptedException {
        clock.awaitTimers(1);
        clock.advance(time);
    }

    @Test
    void connectionIsTheSameForAllUntilItIsLost() throws Exception {
        run(ReconnectingClientTest::readToEnd);
        Connection first = asking().join();
        assertSame(first, asking().join());
        assertSame(first, client.connection(Duration.ZERO));
        peers.take().close();
        pass(SECOND);
        Connection second = asking().join();
        assertTrue(second.isOpen() && second != first);
        assertFalse(first.isOpen());
        assertInstanceOf(EOFException.class, losses.take());
    }

    @Test
    void nobodyGetsAConnectionThatIsNotReady() throws Exception {
        client.onConnected(Connection::readLine);
        Task<Connection> early = asking();
        run(ReconnectingClientTest::readToEnd);
        Task<Connection> waiting = asking();
        Connection peer = peers.take();
        var e = assertThrows(TimeoutException.class, () -> client.connection(Duration.ofMillis(1)));
        assertTrue(
                e.getMessage()
                        .startsWith(
                                "no connection within PT0.001S: onConnected has not returned for "),
                e::toString);
        assertFalse(early.isDone() || waiting.isDone());
        peer.writeLine("ready");
        assertSame(waiting.join(), early.join());
    }

    @Test
    void failureToPrepareIsAFailedAttempt() throws Exception {
        var prepared = new LinkedBlockingQueue<Connection>();
        client.onConnected(connection -> {
            prepared.add(connection);
            if (prepared.size() == 1) throw new ProtocolException("login refused");
            if (prepared.size() == 2) throw new TimeoutException("no answer");
        });
        run(ReconnectingClientTest::readToEnd);
        Task<Connection> waiting = asking();
        for (int seconds : new int[] {1, 2}) {
            clock.awaitTimers(1);
            clock.advance(Duration.ofSeconds(seconds).minusNanos(1));
            assertEquals(seconds, prepared.size());
            assertFalse(waiting.isDone());
            clock.advance(Duration.ofNanos(1));
        }
        Connection third = waiting.join();
        assertFalse(prepared.take().isOpen());
        assertFalse(prepared.take().isOpen());
        assertSame(prepared.take(), third);
        assertTrue(losses.isEmpty());
    }

    @Test
    void timeoutSaysWhyTheLastAttemptFailed() throws Exception {
        var e = assertThrows(TimeoutException.class, () -> client.connection(Duration.ZERO));
        assertEquals("no connection within PT0S: the client has not been started", e.getMessage());
        isRefusing = true;
        run(ReconnectingClientTest::readToEnd);
        clock.awaitTimers(1);
        Task<?> asking = runtime.start(() -> client.connection(Duration.ofMillis(500)));
        clock.awaitTimers(2);
        clock.advance(Duration.ofMillis(500));
        var failure = assertThrows(ExecutionException.class, asking::join).getCause();
        assertInstanceOf(TimeoutException.class, failure);
        assertTrue(failure.getMessage().endsWith(": refused on purpose"), failure::toString);
        isRefusing = false;
        clock.advance(SECOND);
        assertTrue(asking().join().isOpen());
    }

    @Test
    void waitCanBeCancelledAndHasDeadlines() throws Exception {
        Task<Connection> waiting = asking();
        waiting.cancelAndJoin();
        assertTrue(waiting.isCancelled());
        assertThrows(
                TimeoutException.class,
                () -> Deadline.after(Duration.ofMillis(1)).call(() -> client.connection()));
        run(ReconnectingClientTest::readToEnd);
        assertTrue(asking().join().isOpen());
    }

    @Test
    void cancelledTaskGetsNoConnectionThoughThereIsOne() throws Exception {
        run(ReconnectingClientTest::readToEnd);
        client.connection();
        Task<Void> cancelled =
                runtime.start(() -> {
                    Task.current().cancel();
                    assertThrows(InterruptedException.class, () -> client.connection());
                    assertThrows(InterruptedException.class, () -> client.connection(SECOND));
                    Task.checkCancelled();
                });
        cancelled.onDone(_ -> {});
        assertThrows(CancellationException.class, cancelled::join);
    }

    @Test
    void cancelOfTheClientEndsAllWaits() throws Exception {
        isRefusing = true;
        Task<Void> running = run(ReconnectingClientTest::readToEnd);
        Task<Connection> waiting = asking();
        Task<?> limited = runtime.start(() -> client.connection(SECOND));
        clock.awaitTimers(2);
        running.cancelAndJoin();
        for (Task<?> each : new Task<?>[] {waiting, limited, asking()}) {
            var failure = assertThrows(ExecutionException.class, each::join).getCause();
            assertInstanceOf(IllegalStateException.class, failure);
            assertEquals("the client has ended: its task was cancelled", failure.getMessage());
        }
        assertTrue(losses.isEmpty());
    }

    @Test
    void failureOfTheClientEndsAllWaits() throws Exception {
        var broken = new Exception("on purpose");
        client.onConnected(connection -> {
            connection.readLine();
            throw broken;
        });
        Task<Void> running = run(ReconnectingClientTest::readToEnd);
        Task<Connection> waiting = asking();
        peers.take().close();
        assertSame(broken, assertThrows(ExecutionException.class, running::join).getCause());
        var failure = assertThrows(ExecutionException.class, waiting::join).getCause();
        assertSame(broken, failure.getCause());
        assertTrue(failure.getMessage().contains("on purpose"), failure::toString);
    }

    @Test
    void lossIsToldItsCause() throws Exception {
        run(connection -> {
            if (connection.readLine() == null) throw new ProtocolException("no greeting");
        });
        peers.take().close();
        assertEquals("no greeting", losses.take().getMessage());
        pass(SECOND);
        peers.take().abort();
        var reset = losses.take();
        assertTrue(reset.getMessage().startsWith("reading from "), reset::toString);
        pass(Duration.ofSeconds(2));
        peers.take().writeLine("hello");
        assertTrue(losses.take().getMessage().endsWith(" has ended"));
    }

    @Test
    void handlerThatTimesOutLosesItsConnectionOnly() throws Exception {
        run(_ -> {
            throw new TimeoutException("on purpose");
        });
        assertInstanceOf(TimeoutException.class, losses.take());
        pass(SECOND);
        assertInstanceOf(TimeoutException.class, losses.take());
    }

    @Test
    void handlerThatFailsLosesItsConnectionOnly() throws Exception {
        try (var log = new CapturedLog()) {
            run(_ -> {
                throw new NumberFormatException("garbage");
            });
            assertInstanceOf(NumberFormatException.class, losses.take());
            pass(SECOND);
            assertInstanceOf(NumberFormatException.class, losses.take());
            clock.awaitTimers(1);
            assertTrue(log.text().contains(" WARN "), log::text);
            assertTrue(log.text().contains("ReconnectingClientTest.java:"), log::text);
        }
    }

    @Test
    void preparationThatFailsIsRepeated() throws Exception {
        client.onConnected(connection -> {
            if (connection.readLine().equals("garbage")) throw new NumberFormatException();
        });
        run(ReconnectingClientTest::readToEnd);
        peers.take().writeLine("garbage");
        pass(SECOND);
        peers.take().writeLine("welcome");
        assertTrue(client.connection().isOpen());
        assertTrue(losses.isEmpty());
    }

    @Test
    void abortedConnectionIsReturnedToNobody() throws Exception {
        var finish = new LinkedBlockingQueue<String>();
        run(_ -> finish.take());
        Connection first = client.connection();
        first.abort();
        assertThrows(TimeoutException.class, () -> client.connection(Duration.ZERO));
        Task<Connection> waiting = asking();
        finish.add("now");
        pass(SECOND);
        assertTrue(waiting.join() != first && waiting.join().isOpen());
    }

    @Test
    void runsOnceAndIsConfiguredBefore() throws Exception {
        run(ReconnectingClientTest::readToEnd);
        client.connection();
        String said = "the client has been started already";
        for (Executable late :
                new Executable[] {
                    () -> client.run(Connection::close),
                    () -> client.backoff(EXACT),
                    () -> client.onConnected(Connection::close),
                    () -> client.onLost(losses::add)
                }) {
            assertEquals(said, assertThrows(IllegalStateException.class, late).getMessage());
        }
    }
}
