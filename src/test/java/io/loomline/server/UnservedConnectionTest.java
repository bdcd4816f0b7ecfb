package io.loomline.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.net.Connection;
import io.loomline.probe.CapturedLog;
import io.loomline.probe.Eventually;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Medium;
import io.loomline.task.ContextCarrier;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.Callable;

/** A connection whose task cannot be started is closed and logged, and the next one is served. */
@ParameterizedClass
@EnumSource(names = {"TCP", "MEMORY"})
class UnservedConnectionTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    @Parameter Medium medium;

    /** Thrown by the carrier when a task starts; null for none. */
    private volatile Throwable atStart;

    private volatile Throwable inTask;
    private Runtime runtime;
    private Server server;

    private final class Failing implements ContextCarrier {
        @Override
        public <T> Callable<T> carry(Callable<T> body) {
            if (!Thread.currentThread().getName().equals("accept")) return body;
            throwUnlessNull(atStart);
            Throwable later = inTask;
            return () -> {
                throwUnlessNull(later);
                return body.call();
            };
        }
    }

    private static void throwUnlessNull(Throwable failure) {
        if (failure instanceof Error error) throw error;
        if (failure != null) throw (RuntimeException) failure;
    }

    private static List<Throwable> failures() {
        return List.of(
                new IllegalStateException("a bug in the carrier"),
                new NullPointerException("a bug in the carrier"),
                new OutOfMemoryError("a bug in the carrier"),
                new NoClassDefFoundError("a bug in the carrier"),
                new AssertionError("a bug in the carrier"));
    }

    @BeforeEach
    void listen() throws Exception {
        runtime =
                Runtime.open(
                        RuntimeOptions.DEFAULT
                                .withDriver(medium.newDriver())
                                .withContext(new Failing()));
        server =
                runtime.listen(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        ServerOptions.DEFAULT.withMaxConnections(1),
                        connection -> connection.writeLine("served"));
    }

    @AfterEach
    void close() {
        runtime.close();
    }

    /** The line that a client reads; null if the connection ends or is reset before. */
    private String answer() throws Exception {
        try (Connection client = runtime.connect(server.localAddress())) {
            return client.readLine();
        } catch (IOException e) {
            return null;
        }
    }

    private void assertReportedOnceAndReleased(CapturedLog log) throws Exception {
        assertEquals(null, answer());
        Eventually.holds(() -> server.failedCount() == 1 && server.connectionCount() == 0);
        Eventually.holds(() -> log.lines("a bug in the carrier").size() == 1);
        assertEquals(1, log.lines("was not served").size());
        atStart = null;
        inTask = null;
        assertEquals("served", answer());
        Eventually.holds(() -> server.connectionCount() == 0);
        runtime.close();
        assertEquals(1, log.lines("a bug in the carrier").size());
    }

    @ParameterizedTest
    @MethodSource("failures")
    void carrierFailingAtTheStartLosesOneConnection(Throwable failure) throws Exception {
        try (var log = new CapturedLog()) {
            atStart = failure;
            if (failure instanceof VirtualMachineError || failure instanceof LinkageError) {
                assertEquals(null, answer());
                Eventually.holds(() -> failure.equals(server.lastFailure().orElse(null)));
                assertEquals(1, server.failedCount());
                atStart = null;
                assertEquals("served", answer());
            } else {
                assertReportedOnceAndReleased(log);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("failures")
    void carrierFailingInTheTaskLosesOneConnection(Throwable failure) throws Exception {
        try (var log = new CapturedLog()) {
            inTask = failure;
            assertReportedOnceAndReleased(log);
        }
    }

    @Test
    void logOfUnservedConnectionsIsRateLimited() throws Exception {
        try (var log = new CapturedLog()) {
            atStart = new IllegalStateException("a bug in the carrier");
            for (int i = 0; i < 50; i++) assertEquals(null, answer());
            Eventually.holds(() -> server.failedCount() == 50);
            int lines = log.lines("was not served").size();
            assertTrue(lines >= 10 && lines < 50, () -> lines + " lines");
            assertEquals(0, server.connectionCount());
        }
    }
}
