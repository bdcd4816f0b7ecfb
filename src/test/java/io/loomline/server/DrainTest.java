package io.loomline.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.connect.ConnectFailedException;
import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.Eventually;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The steps of a shutdown, as clients see them. The clock stands still unless a test moves it. */
@ParameterizedClass
@EnumSource
class DrainTest extends DrainFixture {
    private static final Duration GRACE = Duration.ofMinutes(1);
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualClock clock = new ManualClock();

    @BeforeEach
    void listen() throws Exception {
        open(clock);
    }

    private Call<ShutdownReport> shutdown(ShutdownOptions options) {
        return Call.of(() -> server.shutdown(options));
    }

    private Call<ShutdownReport> shutdown() {
        return shutdown(ShutdownOptions.within(GRACE));
    }

    /** A client that is younger than those before: the oldest are notified first. */
    private Connection nextClient() throws Exception {
        clock.advance(Duration.ofMillis(1));
        return connectAndExchange();
    }

    private static void assertGoodbye(Connection client) throws Exception {
        assertEquals("bye", client.readLine());
        assertNull(client.readLine());
        client.close();
    }

    private static void assertReport(
            int fromBacklog, int notified, int finished, ShutdownReport report) {
        assertEquals(new ShutdownReport(fromBacklog, notified, finished, 0, 0, List.of()), report);
    }

    @Test
    void waitingConnectionSaysGoodbyeAtOnce() throws Exception {
        Connection one = connectAndExchange();
        Connection other = connectAndExchange();
        var shutdown = shutdown();
        assertGoodbye(one);
        assertGoodbye(other);
        assertReport(0, 2, 2, shutdown.result());
    }

    @Test
    void connectionInAMessageKeepsTheGrace() throws Exception {
        Connection client = connectAndExchange();
        client.write("hal");
        var shutdown = shutdown().awaitIn("awaitEmpty");
        clock.advance(GRACE.minusNanos(1));
        assertFalse(shutdown.isDone());
        client.writeLine("f");
        assertEquals("half", client.readLine());
        assertGoodbye(client);
        assertReport(0, 1, 1, shutdown.result());
    }

    @Test
    void connectionThatEndsBeforeItsNoticeIsNotNotified() throws Exception {
        Connection one = nextClient();
        Connection other = nextClient();
        var shutdown = shutdown(ShutdownOptions.within(GRACE).over(SECOND));
        assertGoodbye(one);
        other.close();
        assertReport(0, 1, 2, shutdown.result());
    }

    @Test
    void noticesAreSpreadEvenly() throws Exception {
        List<Connection> clients = new ArrayList<>();
        for (int i = 0; i < 4; i++) clients.add(nextClient());
        long startNanos = clock.nanoTime();
        var shutdown = shutdown(ShutdownOptions.within(GRACE).over(SECOND.multipliedBy(4)));
        for (Connection client : clients) {
            assertGoodbye(client);
            clock.advance(SECOND.minusNanos(1));
            clock.advance(Duration.ofNanos(1));
        }
        assertReport(0, 4, 4, shutdown.result());
        List<Long> seconds =
                noticedNanos.stream()
                        .map(nanos -> TimeUnit.NANOSECONDS.toSeconds(nanos - startNanos))
                        .toList();
        assertEquals(List.of(0L, 1L, 2L, 3L), seconds);
    }

    /** A client that has connected but is not accepted. */
    private Call<Connection> queueClient() throws Exception {
        server.suspend();
        var connecting = Call.of(this::connect);
        if (setting.secure) connecting.awaitIn("startTls");
        else connecting.awaitEnd();
        return connecting;
    }

    @Test
    void clientFromTheBacklogIsServedAndThenToldGoodbye() throws Exception {
        var connecting = queueClient();
        var shutdown = shutdown();
        Connection client = connecting.result();
        client.writeLine("hello");
        assertEquals("hello", client.readLine());
        assertFalse(shutdown.isDone());
        clock.advance(SECOND);
        assertGoodbye(client);
        assertReport(1, 1, 1, shutdown.result());
    }

    @Test
    void silentClientFromTheBacklogIsToldGoodbyeAfterASecond() throws Exception {
        var connecting = queueClient();
        var shutdown = shutdown();
        Connection client = connecting.result();
        Eventually.holds(() -> server.acceptedCount() == 1);
        clock.advance(SECOND.minusNanos(1));
        assertFalse(shutdown.isDone());
        assertEquals(List.of(), noticedNanos);
        clock.advance(Duration.ofNanos(1));
        assertGoodbye(client);
        assertReport(1, 1, 1, shutdown.result());
    }

    @Test
    void serverIsNotReadyButAcceptsDuringTheDelay() throws Exception {
        assertTrue(server.isReady());
        var shutdown = shutdown(ShutdownOptions.within(GRACE).withReadinessDelay(SECOND));
        shutdown.awaitIn("awaitEmpty");
        assertFalse(server.isReady());
        assertTrue(server.isAccepting());
        Connection client = connectAndExchange();
        clock.advance(SECOND);
        assertGoodbye(client);
        assertReport(0, 1, 1, shutdown.result());
        assertThrows(ConnectFailedException.class, this::connect);
        assertFalse(server.isReady());
    }

    @Test
    void cancelInTheDelayLeavesTheServerAccepting() throws Exception {
        var options = ShutdownOptions.within(GRACE).withReadinessDelay(SECOND);
        assertTrue(Call.of(() -> server.shutdown(options)).cutIn("awaitEmpty"));
        Connection client = connectAndExchange();
        var shutdown = shutdown();
        assertGoodbye(client);
        assertReport(0, 1, 1, shutdown.result());
    }

    @Test
    void cancelBetweenNoticesLeavesTheOthersToTheNextShutdown() throws Exception {
        Connection one = nextClient();
        Connection other = nextClient();
        var paced = shutdown(ShutdownOptions.within(GRACE).over(SECOND));
        assertGoodbye(one);
        paced.cancel();
        paced.awaitEnd();
        other.writeLine("goes on");
        assertEquals("goes on", other.readLine());
        Eventually.holds(() -> server.connectionCount() == 1);
        var shutdown = shutdown();
        assertGoodbye(other);
        assertReport(0, 1, 1, shutdown.result());
    }
}
