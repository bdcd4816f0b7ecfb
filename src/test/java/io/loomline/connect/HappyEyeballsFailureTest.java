package io.loomline.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.driver.Started;
import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.Eventually;
import io.loomline.probe.FakeDriver;
import io.loomline.task.Shield;
import io.loomline.task.Task;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;

/** Races of addresses without a winner: all fail, or the caller times out or is cancelled. */
class HappyEyeballsFailureTest extends HappyEyeballsFixture {
    private static final Duration TIMEOUT = Duration.ofSeconds(9);
    private static final ConnectOptions OPTIONS =
            ConnectOptions.DEFAULT
                    .withTimeout(TIMEOUT)
                    .withResolver(StagedNetwork.resolver(ONE, TWO, THREE));

    private Connection connect() throws IOException, InterruptedException {
        return runtime.connect("several.test", 80, OPTIONS);
    }

    @Test
    void failureListsEveryAddressAndCauseInOrder() throws Exception {
        var call = Call.of(this::connect);
        letTheFirstHang();
        network.refuses(TWO);
        network.awaitTried(ONE, TWO, THREE);
        network.refuses(THREE);
        network.refuses(ONE);
        var e = call.failure(ConnectFailedException.class);
        assertTrue(e.getMessage().contains("several.test:80"), e::toString);
        for (String each : List.of(ONE, TWO, THREE)) {
            assertTrue(e.getMessage().contains(each + ":80: " + each + " refuses"), e::toString);
        }
        assertEquals(
                List.of(ONE + " refuses", TWO + " refuses", THREE + " refuses"),
                Arrays.stream(e.getSuppressed()).map(Throwable::getMessage).toList());
    }

    @Test
    void timeoutReportsEveryAttempt() throws Exception {
        var call = Call.of(this::connect);
        network.refuses(ONE);
        network.awaitTried(ONE, TWO);
        clock.awaitTimers(2);
        clock.advance(DELAY);
        network.awaitTried(ONE, TWO, THREE);
        clock.advance(TIMEOUT);
        var e = call.failure(SocketTimeoutException.class);
        assertTrue(e.getMessage().contains("several.test:80"), e::toString);
        assertTrue(e.getMessage().contains("PT9S"), e::toString);
        assertTrue(e.getMessage().contains(THREE), e::toString);
        List<String> causes = Arrays.stream(e.getSuppressed()).map(Throwable::getMessage).toList();
        assertTrue(causes.get(0).contains(ONE + ":80: " + ONE + " refuses"), causes::toString);
        assertTrue(causes.get(1).contains(TWO + ":80: no answer"), causes::toString);
        assertTrue(causes.get(2).contains(THREE + ":80: no answer"), causes::toString);
        assertEquals(List.of(TWO, THREE), network.cancelled());
    }

    @Test
    void cancelEndsEveryAttempt() throws Exception {
        var call = Call.of(this::connect);
        letTheFirstHang();
        call.cancel();
        assertTrue(call.wasCancelled());
        assertEquals(List.of(ONE, TWO), network.cancelled());
        assertEquals(List.of(ONE, TWO), network.tried());
    }

    @Test
    void cancelOfATaskOfTheRuntimeEndsEveryAttempt() throws Exception {
        Task<Connection> task = runtime.start(this::connect);
        letTheFirstHang();
        task.cancel("enough");
        var e = assertThrows(CancellationException.class, task::join);
        assertTrue(e.getMessage().contains("enough"), e::toString);
        assertEquals(List.of(ONE, TWO), network.cancelled());
    }

    @Test
    void platformThreadConnects() throws Exception {
        var thread = Started.startOnPlatformThread(this::connect);
        letTheFirstHang();
        network.answers(TWO);
        assertTrue(thread.join().isOpen());
        assertEquals(List.of(ONE), network.cancelled());
    }

    @Test
    void interruptOfAPlatformThreadEndsEveryAttempt() throws Exception {
        var thread = Started.startOnPlatformThread(this::connect);
        letTheFirstHang();
        thread.interrupt();
        assertThrows(InterruptedException.class, thread::join);
        assertEquals(List.of(ONE, TWO), network.cancelled());
    }

    @Test
    void closeOfTheRuntimeFailsTheConnectOfAPlatformThread() throws Exception {
        var thread = Started.startOnPlatformThread(this::connect);
        letTheFirstHang();
        runtime.close();
        var e = assertThrows(IOException.class, thread::join);
        assertTrue(
                e.getMessage().contains("closed") || e.getMessage().contains("no answer"),
                e::toString);
        assertEquals(List.of(ONE, TWO), network.cancelled().subList(0, 2));
    }

    @Test
    void driverBugAtOneAddressDoesNotEndTheRace() throws Exception {
        var driver =
                new FakeDriver(remote -> {
                    throw new IllegalArgumentException("not " + remote);
                });
        try (var faulty = Runtime.open(RuntimeOptions.DEFAULT.withDriver(driver))) {
            var call = Call.of(() -> faulty.connect("several.test", 80, OPTIONS));
            var e = call.failure(ConnectFailedException.class);
            assertEquals(3, e.getSuppressed().length);
            assertInstanceOf(IllegalArgumentException.class, e.getSuppressed()[0].getCause());
        }
    }

    @Test
    void shieldedCleanupOfACancelledTaskConnects() throws Exception {
        Task<Boolean> task =
                runtime.start(() -> {
                    try {
                        return connect().isOpen();
                    } catch (InterruptedException e) {
                        return Shield.call(TIMEOUT, this::connect).isOpen();
                    }
                });
        letTheFirstHang();
        network.answers(THREE);
        task.cancel();
        Eventually.holds(() -> network.tried().equals(List.of(ONE, TWO, ONE)));
        network.refuses(ONE);
        network.refuses(TWO);
        assertTrue(task.join());
    }
}
