package io.loomline.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.connect.ConnectFailedException;
import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.Eventually;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Medium;
import io.loomline.stream.Limits;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** A shutdown: the grace period, the cancel and the reset. */
@ParameterizedClass
@EnumSource(names = {"TCP", "MEMORY"})
class ServerShutdownTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final Duration GRACE = Duration.ofMinutes(10);
    private static final Duration CANCEL_GRACE = Duration.ofMillis(200);

    @Parameter Medium medium;

    private final ManualClock clock = new ManualClock();
    private Runtime runtime;
    private Server server;

    @BeforeEach
    void listen() throws Exception {
        runtime =
                Runtime.open(
                        RuntimeOptions.DEFAULT.withDriver(medium.newDriver()).withClock(clock));
        var loopback = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        var unlimited = ServerOptions.DEFAULT.withLimits(Limits.NONE); // the grace periods are long
        server = runtime.listen(loopback, unlimited, ServerShutdownTest::echoUnlessStubborn);
    }

    @AfterEach
    void close() {
        runtime.close();
    }

    private static void echoUnlessStubborn(Connection connection) throws Exception {
        connection.writeLine("welcome");
        for (String line; (line = connection.readLine()) != null; ) {
            while (line.equals("be stubborn") && connection.isOpen()) Thread.onSpinWait();
            connection.writeLine(line);
        }
    }

    private Connection connect() throws Exception {
        Connection connection = runtime.connect("localhost", server.port());
        assertEquals("welcome", connection.readLine());
        return connection;
    }

    private static void assertEnded(
            int finished, int cancelled, int aborted, ShutdownReport report) {
        assertEquals(finished, report.finished(), report::toString);
        assertEquals(cancelled, report.cancelled(), report::toString);
        assertEquals(aborted, report.aborted(), report::toString);
        assertEquals(cancelled + aborted, report.stragglers().size(), report::toString);
    }

    @Test
    void connectionsThatEndInTimeAreFinished() throws Exception {
        Connection one = connect();
        Connection other = connect();
        var shutdown = Call.of(() -> server.shutdown(GRACE)).awaitIn("awaitEmpty");
        one.writeLine("goes on");
        assertEquals("goes on", one.readLine());
        one.close();
        Eventually.holds(() -> server.connectionCount() == 1);
        assertFalse(shutdown.isDone());
        other.close();
        assertEnded(2, 0, 0, shutdown.result());
    }

    @Test
    void reportCountsFinishedCancelledAndAborted() throws Exception {
        Connection finishing = connect();
        try (Connection waiting = connect();
                Connection stubborn = connect()) {
            stubborn.writeLine("be stubborn");
            var shutdown = Call.of(() -> server.shutdown(GRACE)).awaitIn("awaitEmpty");
            finishing.close();
            Eventually.holds(() -> server.connectionCount() == 2);
            clock.advance(GRACE.minusNanos(1));
            assertFalse(shutdown.isDone());
            clock.advance(Duration.ofNanos(1));
            Eventually.holds(() -> server.connectionCount() == 1);
            clock.awaitTimers(2); // of that grace period, and of the cancel watchdog
            clock.advance(CANCEL_GRACE);
            assertEnded(1, 1, 1, shutdown.result());
            assertNull(waiting.readLine());
            assertThrows(IOException.class, stubborn::readLine);
        }
        assertEquals(0, server.connectionCount());
    }

    @Test
    void serverWithoutConnectionsIsShutDownAtOnce() throws Exception {
        assertEnded(0, 0, 0, server.shutdown(GRACE));
        assertEnded(0, 0, 0, server.shutdown(GRACE));
    }

    @Test
    void withoutGraceConnectionsAreCancelledAtOnce() throws Exception {
        try (Connection client = connect()) {
            assertEnded(0, 1, 0, server.shutdown(Duration.ZERO));
            assertNull(client.readLine());
        }
    }

    @Test
    void newClientsAreRefusedDuringTheGrace() throws Exception {
        Connection client = connect();
        var shutdown = Call.of(() -> server.shutdown(GRACE));
        Eventually.holds(this::refuses);
        client.writeLine("goes on");
        assertEquals("goes on", client.readLine());
        client.close();
        ShutdownReport report = shutdown.result();
        assertEquals(0, report.cancelled() + report.aborted(), report::toString);
    }

    /** Those that come before the listener is closed are served. */
    private boolean refuses() {
        try (Connection late = runtime.connect("localhost", server.port())) {
            late.shutdownOutput();
            late.readLine();
            return false;
        } catch (ConnectFailedException e) {
            return true;
        } catch (IOException | InterruptedException e) {
            throw new AssertionError("neither served nor refused", e);
        }
    }

    @Test
    void cancelledShutdownCanBeRepeated() throws Exception {
        Connection client = connect();
        assertTrue(Call.of(() -> server.shutdown(GRACE)).cutIn("awaitEmpty"));
        client.writeLine("goes on");
        assertEquals("goes on", client.readLine());
        client.close();
        Eventually.holds(() -> server.connectionCount() == 0);
        assertEnded(0, 0, 0, server.shutdown(GRACE));
    }

    @Test
    void closeEndsAWaitingShutdown() throws Exception {
        try (Connection client = connect()) {
            var shutdown = Call.of(() -> server.shutdown(GRACE)).awaitIn("awaitEmpty");
            server.close();
            shutdown.result();
            assertNull(client.readLine());
        }
    }

    @Test
    void portIsFreeAsSoonAsTheServerIsClosed() throws Exception {
        var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port());
        for (int round = 0; round < 100; round++) {
            server.close();
            assertThrows(ConnectFailedException.class, () -> runtime.connect(address).close());
            server =
                    runtime.listen(
                            address, ServerOptions.DEFAULT, ServerShutdownTest::echoUnlessStubborn);
            connect().close();
        }
    }

    @Test
    void closeByAHandlerIsRejected() throws Exception {
        assertRejectedInAHandler(Server::close);
    }

    @Test
    void awaitByAHandlerIsRejected() throws Exception {
        assertRejectedInAHandler(Server::await);
    }

    @Test
    void shutdownByAHandlerIsRejected() throws Exception {
        assertRejectedInAHandler(self -> self.shutdown(GRACE));
    }

    private interface Ending {
        void end(Server server) throws InterruptedException;
    }

    private void assertRejectedInAHandler(Ending ending) throws Exception {
        var self = new CompletableFuture<Server>();
        Server misused =
                runtime.listen(
                        0,
                        connection -> {
                            assertThrows(
                                    IllegalStateException.class, () -> ending.end(self.join()));
                            connection.writeLine("refused");
                        });
        self.complete(misused);
        for (int i = 0; i < 2; i++) {
            try (Connection client = runtime.connect("localhost", misused.port())) {
                assertEquals("refused", client.readLine());
            }
        }
    }

    @Test
    void closingTheRuntimeClosesItsServers() throws Exception {
        try (Connection client = connect()) {
            runtime.close();
            assertEquals(0, server.connectionCount());
            if (medium == Medium.MEMORY) assertNull(client.readLine());
            else assertThrows(IOException.class, client::readLine);
        }
    }
}
