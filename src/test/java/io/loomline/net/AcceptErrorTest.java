package io.loomline.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
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
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** What goes wrong while accepting: what passes, what is waited out, and what ends the server. */
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

    @ParameterizedTest
    @ValueSource(
            strings = {
                EMFILE,
                "Too many open files in system",
                "Cannot allocate memory",
                "No buffer space available"
            })
    void exhaustionIsWaitedOutAndServingGoesOn(String message) throws Exception {
        try (var log = new CapturedLog()) {
            acceptor.fails(new IOException(message));
            clock.awaitTimers(1);
            assertEquals(1, log.lines("cannot accept").size());
            assertEquals(1, log.lines(message).size());
            assertEquals(1, log.lines("7777").size());
        }
        assertFalse(acceptor.isClosed());
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

    /** Asks again after the pause, and not a nanosecond before. */
    private void failAndPause(Duration pause) throws InterruptedException {
        int calls = acceptor.calls();
        acceptor.fails(new IOException(EMFILE));
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
        acceptor.fails(new IOException(EMFILE));
        clock.awaitTimers(1);
        while (clock.timers() > 0) clock.advance(Duration.ofMillis(5));
        Eventually.holds(() -> acceptor.calls() > calls);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Software caused connection abort",
                "Connection reset by peer",
                "Protocol error",
                "No route to host"
            })
    void connectionThatWasLostBeforeItWasAcceptedIsForgotten(String message) throws Exception {
        try (var log = new CapturedLog()) {
            for (int i = 0; i < 5; i++) acceptor.fails(new IOException(message));
            serveOne();
            assertEquals(0, clock.timers());
            assertEquals(List.of(), log.lines(""));
        }
    }

    @Test
    void unknownErrorEndsTheServerLoudlyAndItsConnectionsGoOn() throws Exception {
        var channel = new FakeChannel();
        acceptor.brings(channel);
        Eventually.holds(() -> server.connectionCount() == 1);
        try (var log = new CapturedLog()) {
            acceptor.fails(new IOException("the disk is on fire"));
            Eventually.holds(acceptor::isClosed);
            Eventually.holds(() -> !log.lines("the disk is on fire").isEmpty());
            assertEquals(1, log.lines("7777").size());
            assertTrue(log.lines("7777").getFirst().contains("ERROR"));
        }
        assertEquals(1, server.connectionCount());
        channel.ended();
        server.await();
        assertEquals(0, server.connectionCount());
    }

    @Test
    void faultOfTheDriverEndsTheServerLoudly() throws Exception {
        try (var log = new CapturedLog()) {
            acceptor.fails(new IllegalStateException("a fault of the driver"));
            server.await();
            assertTrue(acceptor.isClosed());
            assertEquals(1, log.lines("a fault of the driver").size());
        }
    }

    @Test
    void errorOfTheMachineEndsTheServerLoudly() throws Exception {
        try (var log = new CapturedLog()) {
            acceptor.fails(new OutOfMemoryError("no room for a channel"));
            server.await();
            assertTrue(acceptor.isClosed());
            assertEquals(1, log.lines("no room for a channel").size());
        }
    }

    @Test
    void listenerThatIsClosedEndsTheServerQuietly() throws Exception {
        try (var log = new CapturedLog()) {
            acceptor.close();
            server.await();
            assertEquals(List.of(), log.lines(""));
        }
    }

    @Test
    void pauseCanBeCut() throws Exception {
        try (var _ = new CapturedLog()) {
            acceptor.fails(new IOException(EMFILE));
            clock.awaitTimers(1);
            server.close();
            assertTrue(acceptor.isClosed());
            assertEquals(0, clock.timers());
        }
    }

    @Test
    void connectionThatCameWhileSuspendedIsNotServedAndIsResetWithTheServer() throws Exception {
        Eventually.holds(() -> acceptor.calls() == 1);
        server.suspend();
        var channel = new FakeChannel();
        acceptor.brings(channel); // the accept was under way
        Eventually.waitsIn(acceptor.thread(), "enter");
        assertEquals(0, server.connectionCount());
        server.close();
        assertEquals(List.of("abort"), channel.events());
        assertEquals(0, server.connectionCount());
    }

    @Test
    void connectionThatCameWhileSuspendedIsServedAfterwards() throws Exception {
        Eventually.holds(() -> acceptor.calls() == 1);
        server.suspend();
        var channel = new FakeChannel();
        acceptor.brings(channel);
        Eventually.waitsIn(acceptor.thread(), "enter");
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
