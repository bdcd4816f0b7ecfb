package io.loomline.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.driver.ConnectionLostException;
import io.loomline.driver.ExhaustionException;
import io.loomline.probe.CapturedLog;
import io.loomline.probe.Eventually;
import io.loomline.probe.FakeChannel;
import io.loomline.probe.FakeDriver;
import io.loomline.probe.FakeDriver.FakeAcceptor;
import io.loomline.probe.Leftovers;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.InvalidPathException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Failures of accepting: their classification, the pauses after them, and the log. */
class AcceptErrorTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final String EMFILE = "Too many open files";

    private final ManualClock clock = new ManualClock();
    private final FakeDriver driver = new FakeDriver();
    private Runtime runtime;
    private Server server;
    private FakeAcceptor acceptor;

    @BeforeEach
    void listen() throws Exception {
        runtime = Runtime.open(RuntimeOptions.DEFAULT.withDriver(driver).withClock(clock));
        server = runtime.listen(0, connection -> connection.readLine());
        acceptor = driver.acceptor();
    }

    @AfterEach
    void close() {
        runtime.close();
    }

    /** Failures of every kind: classified by the driver, unknown, and in another language. */
    private static List<Throwable> transientFailures() {
        return List.of(
                new ExhaustionException(EMFILE, null),
                new IOException("Zu viele offene Dateien"),
                new IOException("the disk is on fire"),
                new SocketException("Too many open files in system"),
                new SocketTimeoutException("an unexpected timeout"),
                new InterruptedIOException("an unexpected interrupt"),
                new IllegalStateException("a bug in the driver"),
                new InvalidPathException("\u00fc.sock", "Malformed input"),
                new OutOfMemoryError("no memory for a channel"),
                new NoClassDefFoundError("io/loomline/Gone"),
                new StackOverflowError(),
                new AssertionError(),
                new UncheckedIOException(new IOException("wrapped")));
    }

    @ParameterizedTest
    @MethodSource("transientFailures")
    void serverRecoversFromAnyFailure(Throwable failure) throws Exception {
        assertTrue(server.isAccepting());
        try (var log = new CapturedLog()) {
            acceptor.fails(failure);
            clock.awaitTimers(1);
            assertEquals(1, log.lines("cannot accept").size());
            assertEquals(1, log.lines(failure.getClass().getName()).size());
            assertEquals(1, log.lines("7777").size());
        }
        assertFalse(acceptor.isClosed());
        assertFalse(server.isAccepting());
        assertEquals(failure, server.lastFailure().orElseThrow());
        clock.advance(Duration.ofMillis(5));
        serveOne();
        assertTrue(server.isAccepting());
        assertEquals(1, server.acceptedCount());
        assertEquals(failure, server.lastFailure().orElseThrow());
    }

    @Test
    void serverRecoversFromANullChannel() throws Exception {
        try (var log = new CapturedLog()) {
            acceptor.brings(null);
            clock.awaitTimers(1);
            assertEquals(1, log.lines("cannot accept").size());
        }
        clock.advance(Duration.ofMillis(5));
        serveOne();
    }

    @Test
    void serverRecoversFromAStrayInterrupt() throws Exception {
        try (var _ = new CapturedLog()) {
            acceptor.thread().interrupt();
            clock.awaitTimers(1);
        }
        clock.advance(Duration.ofMillis(5));
        serveOne();
    }

    @Test
    void serverRecoversFromAFailureOfTheLog() throws Exception {
        try (var _ = new CapturedLog()) {
            acceptor.fails(
                    new IOException() {
                        @Override
                        public String getMessage() {
                            throw new OutOfMemoryError("no memory for a line");
                        }
                    });
            clock.awaitTimers(1);
        }
        clock.advance(Duration.ofMillis(5));
        serveOne();
    }

    @Test
    void pauseDoublesFromFiveMillisecondsToASecond() throws Exception {
        try (var _ = new CapturedLog()) {
            for (int millis : new int[] {5, 10, 20, 40, 80, 160, 320, 640, 1000, 1000, 1000}) {
                failAndPause(Duration.ofMillis(millis));
            }
        }
    }

    @Test
    void pauseIsShortAgainAfterASuccess() throws Exception {
        try (var _ = new CapturedLog()) {
            for (int millis : new int[] {5, 10, 20}) failAndPause(Duration.ofMillis(millis));
            serveOne();
            failAndPause(Duration.ofMillis(5));
        }
    }

    /** Checks that the loop accepts again exactly after the pause. */
    private void failAndPause(Duration pause) throws InterruptedException {
        int calls = acceptor.calls();
        acceptor.fails(new ExhaustionException(EMFILE, null));
        clock.awaitTimers(1);
        clock.advance(pause.minusNanos(1));
        assertEquals(1, clock.timers(), () -> "a pause shorter than " + pause);
        clock.advance(Duration.ofNanos(1));
        assertEquals(0, clock.timers(), () -> "a pause longer than " + pause);
        Eventually.holds(() -> acceptor.calls() > calls);
    }

    @Test
    void exhaustionIsLoggedAtMostOnceASecond() throws Exception {
        try (var log = new CapturedLog()) {
            for (int i = 0; i < 8; i++) failAndPass(); // the last one after 635 ms
            assertEquals(1, log.lines("cannot accept").size());
            failAndPass(); // 640 ms later
            assertEquals(2, log.lines("cannot accept").size());
        }
    }

    private void failAndPass() throws InterruptedException {
        int calls = acceptor.calls();
        acceptor.fails(new ExhaustionException(EMFILE, null));
        clock.awaitTimers(1);
        while (clock.timers() > 0) clock.advance(Duration.ofMillis(5));
        Eventually.holds(() -> acceptor.calls() > calls);
    }

    @Test
    void connectionLostBeforeItsAcceptIsCountedOnly() throws Exception {
        try (var log = new CapturedLog()) {
            for (int i = 0; i < 5; i++) {
                acceptor.fails(new ConnectionLostException("Software caused abort", null));
            }
            serveOne();
            assertEquals(0, clock.timers());
            assertEquals(5, server.failedCount());
            assertEquals(Optional.empty(), server.lastFailure());
            assertEquals(List.of(), log.lines(""));
        }
    }

    @Test
    void manyLossesInARowPauseTheServer() throws Exception {
        try (var log = new CapturedLog()) {
            for (int i = 0; i < 64; i++) {
                acceptor.fails(new ConnectionLostException("a firewall", null));
            }
            clock.awaitTimers(1);
            assertEquals(1, log.lines("cannot accept").size());
        }
        clock.advance(Duration.ofMillis(5));
        serveOne();
    }

    /** An interrupt inside the acceptor, for example, closes the channel of one connection. */
    @Test
    void closedChannelOfOneConnectionIsCountedOnly() throws Exception {
        try (var _ = new CapturedLog()) {
            for (int i = 0; i < 5; i++) {
                acceptor.fails(new ClosedByInterruptException());
                serveOne();
            }
        }
        assertTrue(server.isAccepting());
        assertEquals(5, server.failedCount());
    }

    @Test
    void listenerClosedByOtherCodeEndsAcceptingWithAnError() throws Exception {
        var channel = new FakeChannel();
        acceptor.brings(channel);
        Eventually.holds(() -> server.connectionCount() == 1);
        try (var log = new CapturedLog()) {
            acceptor.close();
            Eventually.holds(() -> !log.lines("7777").isEmpty());
            assertTrue(log.lines("7777").getFirst().contains("ERROR"));
        }
        assertFalse(server.isAccepting());
        assertEquals(1, server.connectionCount());
        channel.ended();
        var e = assertThrows(UncheckedIOException.class, server::await);
        assertTrue(e.getMessage().contains("7777"), e::toString);
        assertInstanceOf(ClosedChannelException.class, e.getCause());
        assertEquals(0, server.connectionCount());
    }

    @Test
    void orderlyEndIsNoFailure() throws Exception {
        try (var log = new CapturedLog()) {
            server.close();
            server.await();
            assertFalse(server.isAccepting());
            assertEquals(Optional.empty(), server.lastFailure());
            assertEquals(List.of(), log.lines(""));
        }
    }

    @Test
    void suspendedServerIsNotAccepting() {
        server.suspend();
        assertFalse(server.isAccepting());
        server.resume();
        assertTrue(server.isAccepting());
    }

    @Test
    void endOfAConnectionEndsThePause() throws Exception {
        var channel = new FakeChannel();
        acceptor.brings(channel);
        Eventually.holds(() -> server.connectionCount() == 1);
        try (var _ = new CapturedLog()) {
            acceptor.fails(new ExhaustionException(EMFILE, null));
            Eventually.holds(() -> !server.isAccepting());
            channel.ended();
            Eventually.holds(server::isAccepting);
        }
        serveOne();
    }

    @Test
    void closeEndsThePause() throws Exception {
        try (var _ = new CapturedLog()) {
            acceptor.fails(new ExhaustionException(EMFILE, null));
            clock.awaitTimers(1);
            server.close();
            assertTrue(acceptor.isClosed());
            assertEquals(0, clock.timers());
        }
    }

    @Test
    void connectionAcceptedWhileSuspendedIsResetOnClose() throws Exception {
        Eventually.holds(() -> acceptor.calls() == 1);
        server.suspend();
        var channel = new FakeChannel();
        acceptor.brings(channel); // the accept had begun before the suspend
        Eventually.waitsIn(acceptor.thread(), "acquireOrDrain");
        assertEquals(0, server.connectionCount());
        server.close();
        assertEquals(List.of("abort"), channel.events());
        assertEquals(0, server.connectionCount());
    }

    @Test
    void connectionAcceptedWhileSuspendedIsServedAfterResume() throws Exception {
        Eventually.holds(() -> acceptor.calls() == 1);
        server.suspend();
        var channel = new FakeChannel();
        acceptor.brings(channel);
        Eventually.waitsIn(acceptor.thread(), "acquireOrDrain");
        server.resume();
        Eventually.holds(() -> server.connectionCount() == 1);
        channel.ended();
    }

    private void serveOne() throws InterruptedException {
        var channel = new FakeChannel();
        acceptor.brings(channel);
        Eventually.holds(() -> server.connectionCount() == 1);
        channel.ended();
        Eventually.holds(() -> server.connectionCount() == 0);
        assertEquals(List.of("shutdownOutput", "close"), channel.events());
    }
}
