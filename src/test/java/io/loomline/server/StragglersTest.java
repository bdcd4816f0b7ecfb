package io.loomline.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.CapturedLog;
import io.loomline.probe.Eventually;
import io.loomline.probe.Leftovers;
import io.loomline.server.ShutdownReport.Straggler;
import io.loomline.stream.Limits;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** What a shutdown reports of connections that do not end, and the notices beside handlers. */
class StragglersTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final Duration GRACE = Duration.ofMinutes(1);
    private static final Duration CANCEL_GRACE = Duration.ofMillis(200);

    /** The kernel takes nothing for so long once its buffers are full. */
    private static final long CLOGGED_NANOS = TimeUnit.MILLISECONDS.toNanos(300);

    /** How many handlers have returned. */
    private final AtomicInteger returned = new AtomicInteger();

    private final ManualClock clock = new ManualClock();
    private final List<Connection> clients = new ArrayList<>();
    private Runtime runtime;
    private Server server;

    @BeforeEach
    void listen() throws Exception {
        runtime = Runtime.open(RuntimeOptions.DEFAULT.withClock(clock));
        server =
                runtime.listen(
                        ServerFixture.anyPort(),
                        ServerOptions.DEFAULT.withLimits(Limits.NONE),
                        connection -> {
                            serve(connection);
                            returned.incrementAndGet();
                        });
    }

    @AfterEach
    void close() {
        clients.forEach(Connection::abort);
        runtime.close();
    }

    private static void serve(Connection connection) throws Exception {
        connection.writeLine("welcome");
        String line = connection.requireLine();
        switch (line) {
            case "spin" -> spin(connection);
            case "wait" -> new CountDownLatch(1).await();
            case "obey" -> connection.awaitMessage();
            case "flood" -> leaveBytesUnsent(connection);
            case "notice" -> {
                connection.onDrain(() -> connection.writeLine("the server stops"));
                connection.readLine();
            }
            case "fail" -> {
                connection.onDrain(() -> {
                    throw new IllegalStateException("broken notice");
                });
                connection.readLine();
            }
            case "stuck notice" -> {
                connection.onDrain(() -> new CountDownLatch(1).await());
                connection.readLine();
            }
            default -> connection.readLine();
        }
    }

    /** Fills the kernel's buffers, and leaves a byte in that of the connection. */
    private static void leaveBytesUnsent(Connection connection) throws Exception {
        int large = 2 * connection.limits().bufferBytes();
        long lastTaken = System.nanoTime();
        while (System.nanoTime() - lastTaken < CLOGGED_NANOS) { // the kernel takes more in steps
            boolean took = connection.tryWrite(ByteBuffer.allocate(large)) > 0;
            if (took) lastTaken = System.nanoTime();
            Thread.onSpinWait();
        }
        assertEquals(1, connection.tryWrite(ByteBuffer.allocate(1)), "unread input permits it");
    }

    /** Ignores a cancel. */
    private static void spin(Connection connection) {
        while (connection.isOpen()) Thread.onSpinWait();
    }

    private Connection connect(String command) throws Exception {
        Connection client = runtime.connect("localhost", server.port());
        clients.add(client);
        assertEquals("welcome", client.readLine());
        client.writeLine(command);
        Eventually.holds(() -> bytesReadOfLast() == command.length() + 1);
        return client;
    }

    private long bytesReadOfLast() {
        return server.connections().getLast().bytesRead();
    }

    private Call<ShutdownReport> shutdown() throws InterruptedException {
        return Call.of(() -> server.shutdown(GRACE)).awaitIn("awaitEmpty");
    }

    /** Ends the grace period, and once only that many connections are left, that of the cancel. */
    private ShutdownReport afterTheGrace(Call<ShutdownReport> shutdown, int stubborn)
            throws Exception {
        clock.advance(GRACE);
        Eventually.holds(() -> server.connections().stream().allMatch(StragglersTest::isCancelled));
        Eventually.holds(() -> server.connectionCount() == stubborn);
        if (stubborn > 0) {
            clock.awaitTimers(2); // of the time after the cancel, and of the cancel watchdog
            clock.advance(CANCEL_GRACE);
        }
        return shutdown.result();
    }

    private static boolean isCancelled(ServedConnection connection) {
        return connection.task().cancelReason().isPresent();
    }

    @Test
    void waitingReadIsNamedWithItsTime() throws Exception {
        connect("read");
        clock.advance(Duration.ofHours(1));
        ShutdownReport report = afterTheGrace(shutdown(), 0);
        assertEquals(1, report.cancelled(), report::toString);
        Straggler only = report.stragglers().getFirst();
        assertFalse(only.aborted());
        assertEquals("Connection.readLine", only.operation());
        assertEquals(Duration.ofHours(1).plus(GRACE), only.unmovedFor());
        assertEquals(clients.getFirst().localAddress(), only.peer());
        assertTrue(
                only.stack().stream().anyMatch(frame -> frame.getMethodName().equals("serve")),
                () -> only.stack().toString());
        String line = report.toString().lines().toList().get(1);
        assertTrue(
                line.endsWith("cancelled, in Connection.readLine, without progress for PT1H1M"),
                line);
    }

    @Test
    void handlerThatIgnoresTheCancelIsAbortedAndNamedFirst() throws Exception {
        connect("wait");
        Connection stubborn = connect("spin");
        ShutdownReport report = afterTheGrace(shutdown(), 1);
        assertEquals(1, report.cancelled(), report::toString);
        assertEquals(1, report.aborted(), report::toString);
        Straggler first = report.stragglers().getFirst();
        assertTrue(first.aborted());
        assertEquals(stubborn.localAddress(), first.peer());
        assertEquals(GRACE, first.unmovedFor());
        assertTrue(
                first.stack().stream().anyMatch(frame -> frame.getMethodName().equals("spin")),
                () -> first.stack().toString());
        assertFalse(report.stragglers().getLast().aborted());
        assertTrue(report.toString().startsWith("0 connections finished, 1 cancelled, 1 aborted"));
    }

    @Test
    void onlyTheFirstStragglersAreDescribed() throws Exception {
        int count = ShutdownReport.MOST_STRAGGLERS + 1;
        for (int i = 0; i < count; i++) connect("read");
        ShutdownReport report = afterTheGrace(shutdown(), 0);
        assertEquals(count, report.cancelled());
        assertEquals(ShutdownReport.MOST_STRAGGLERS, report.stragglers().size());
        assertTrue(report.toString().endsWith("and 1 more"), report::toString);
    }

    @Test
    void noticeMayWriteWhileTheHandlerReads() throws Exception {
        Connection client = connect("notice");
        var shutdown = shutdown();
        assertEquals("the server stops", client.readLine());
        client.writeLine("quit");
        assertNull(client.readLine());
        client.close();
        assertEquals(1, shutdown.result().finished());
    }

    @Test
    void failureOfANoticeIsLogged() throws Exception {
        try (var log = new CapturedLog()) {
            Connection client = connect("fail");
            var shutdown = shutdown();
            Eventually.holds(() -> !log.lines("broken notice").isEmpty());
            client.close();
            assertEquals(1, shutdown.result().finished());
            assertEquals(1, log.lines("the drain notice of the connection from").size());
        }
    }

    @Test
    void noticeIsCancelledAtTheEndOfTheGrace() throws Exception {
        Connection client = connect("stuck notice");
        var shutdown = shutdown();
        client.close();
        Eventually.holds(() -> server.connectionCount() == 0);
        ShutdownReport report = afterTheGrace(shutdown, 0);
        assertEquals(1, report.finished(), report::toString);
        assertEquals(List.of(), report.stragglers());
    }

    @Test
    void optionsRefuseNegativeTimes() {
        Duration negative = Duration.ofNanos(-1);
        var options = ShutdownOptions.DEFAULT;
        assertThrows(IllegalArgumentException.class, () -> options.withGrace(negative));
        assertThrows(IllegalArgumentException.class, () -> options.withReadinessDelay(negative));
        assertThrows(IllegalArgumentException.class, () -> options.over(negative));
    }

    @Test
    void connectionWhoseHandlerHasReturnedIsFinishedThoughItsPeerStays() throws Exception {
        for (int i = 0; i < 3; i++) connect("obey");
        Duration grace = Duration.ofMillis(500);
        var shutdown = Call.of(() -> server.shutdown(grace));
        for (Connection each : clients) assertNull(each.readLine());
        Eventually.holds(() -> server.connectionCount() == 3);
        clock.advance(grace);
        ShutdownReport report = shutdown.result();
        assertEquals(3, report.finished(), report::toString);
        assertEquals(0, report.cancelled() + report.aborted(), report::toString);
        assertEquals(List.of(), report.stragglers());
    }

    @Test
    void connectionWhosePeerDoesNotReadIsCancelledThoughItsHandlerHasReturned() throws Exception {
        Connection client = runtime.connect("localhost", server.port());
        clients.add(client);
        assertEquals("welcome", client.readLine());
        client.write("flood\nunread\n".getBytes(StandardCharsets.UTF_8));
        Eventually.holds(() -> returned.get() == 1);
        Duration grace = Duration.ofSeconds(1); // less than the close waits
        var shutdown = Call.of(() -> server.shutdown(grace)).awaitIn("awaitEmpty");
        clock.advance(grace);
        ShutdownReport report = shutdown.result();
        assertEquals(1, report.cancelled(), report::toString);
        assertEquals(1, report.stragglers().size());
    }
}
