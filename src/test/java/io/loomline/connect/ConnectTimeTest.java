package io.loomline.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.driver.Channel;
import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.FakeChannel;
import io.loomline.probe.FakeDriver;
import io.loomline.probe.Leftovers;
import io.loomline.task.Deadline;
import io.loomline.task.Task;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/** A connect without an answer ends by its timeout, a cancel or a deadline. */
class ConnectTimeTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final Duration TIMEOUT = Duration.ofSeconds(7);
    private static final ConnectOptions OPTIONS = ConnectOptions.DEFAULT.withTimeout(TIMEOUT);

    private final ManualClock clock = new ManualClock();
    private final AtomicInteger cancelledAttempts = new AtomicInteger();
    private final Runtime runtime = open(new FakeDriver(_ -> neverAnswer()));

    private Runtime open(FakeDriver driver) {
        return Runtime.open(RuntimeOptions.DEFAULT.withDriver(driver).withClock(clock));
    }

    @AfterEach
    void close() {
        runtime.close();
    }

    private Channel neverAnswer() throws InterruptedException {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            cancelledAttempts.incrementAndGet();
            throw e;
        }
        throw new AssertionError("answered");
    }

    @Test
    void timeoutExpiresOnTimeAndNamesTheAddress() throws Exception {
        var call =
                Call.of(() -> runtime.connect("127.0.0.1", 4321, OPTIONS)).awaitIn("neverAnswer");
        clock.advance(TIMEOUT.minusNanos(1));
        assertFalse(call.isDone());
        clock.advance(Duration.ofNanos(1));
        var e = call.failure(SocketTimeoutException.class);
        assertTrue(e.getMessage().contains("127.0.0.1:4321"), e::toString);
        assertTrue(e.getMessage().contains("PT7S"), e::toString);
        assertEquals(1, cancelledAttempts.get());
        assertEquals(0, clock.timers());
    }

    @Test
    void timeoutLeavesNoInterrupt() throws Exception {
        var call =
                Call.of(() -> {
                    assertThrows(
                            SocketTimeoutException.class,
                            () -> runtime.connect("127.0.0.1", 4321, OPTIONS));
                    Task.checkCancelled();
                    return Thread.currentThread().isInterrupted();
                });
        call.awaitIn("neverAnswer");
        clock.advance(TIMEOUT);
        assertFalse(call.result());
    }

    @Test
    void cancelEndsTheAttempt() throws Exception {
        var call = Call.of(() -> runtime.connect("127.0.0.1", 4321));
        assertTrue(call.cutIn("neverAnswer"));
        assertEquals(1, cancelledAttempts.get());
        assertEquals(0, clock.timers());
    }

    @Test
    void cancelledTaskMakesNoAttempt() throws Exception {
        var call =
                Call.of(() -> {
                    try {
                        neverAnswer();
                    } finally {
                        assertThrows(
                                InterruptedException.class,
                                () -> runtime.connect("127.0.0.1", 4321));
                        assertThrows(
                                InterruptedException.class,
                                () -> runtime.connect("localhost", 4321));
                    }
                    return null;
                });
        assertTrue(call.cutIn("neverAnswer"));
        assertEquals(1, cancelledAttempts.get());
    }

    @Test
    void deadlineAroundItEndsTheAttempt() throws Exception {
        var call =
                Call.of(() ->
                        Deadline.after(TIMEOUT.dividedBy(2), clock)
                                .call(() -> runtime.connect("127.0.0.1", 4321, OPTIONS)));
        call.awaitIn("neverAnswer");
        clock.advance(TIMEOUT.dividedBy(2));
        call.failure(TimeoutException.class);
        assertEquals(1, cancelledAttempts.get());
    }

    @Test
    void cancelAfterTheConnectReturnsTheConnection() throws Exception {
        var channel = new FakeChannel();
        try (Runtime other =
                open(
                        new FakeDriver(_ -> {
                            Task.current().cancel();
                            return channel;
                        }))) {
            var call = Call.of(() -> other.connect("127.0.0.1", 4321));
            try (Connection connection = call.result()) {
                assertTrue(connection.isOpen());
                assertEquals(List.of(), channel.events());
            }
        }
    }

    @Test
    void hugeTimeoutDoesNotOverflow() throws Exception {
        var options = ConnectOptions.DEFAULT.withTimeout(Duration.ofSeconds(Long.MAX_VALUE));
        var call =
                Call.of(() -> runtime.connect("127.0.0.1", 4321, options)).awaitIn("neverAnswer");
        clock.advance(Duration.ofDays(365));
        assertFalse(call.isDone());
        call.cancel();
        assertTrue(call.wasCancelled());
    }

    /** A connect blocks in the kernel while the listener's backlog is full. */
    @Test
    void cancelledConnectOfASocketLeavesNoDescriptor() throws Exception {
        try (Runtime sockets = Runtime.open();
                var listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var fill = fillBacklog(sockets, listener);
            for (int i = 0; i < 50; i++) {
                var call = Call.of(() -> sockets.connect(listener.getLocalSocketAddress()));
                assertTrue(call.cutIn("awaitOutput"));
            }
            for (var connection : fill) connection.abort();
        }
    }

    /** Connects until a connect blocks. */
    private static List<Connection> fillBacklog(Runtime sockets, ServerSocket listener)
            throws Exception {
        List<Connection> connections = new ArrayList<>();
        while (true) {
            var call = Call.of(() -> sockets.connect(listener.getLocalSocketAddress()));
            try {
                if (call.cutIn("awaitOutput")) return connections;
                connections.add(call.result());
            } catch (IOException e) {
                throw new AssertionError("the backlog does not hold", e);
            }
        }
    }
}
