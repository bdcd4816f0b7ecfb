package io.loomline.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.probe.Call;
import io.loomline.probe.CapturedLog;
import io.loomline.probe.Eventually;
import io.loomline.probe.FakeChannel;
import io.loomline.probe.FakeDriver;
import io.loomline.probe.FakeDriver.FakeAcceptor;
import io.loomline.probe.Leftovers;
import io.loomline.stream.Limits;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import java.time.Duration;
import java.util.List;

/** Channels that throw while their client is refused or reset: each client is counted once. */
class HostileClientTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final Duration GRACE = Duration.ofMinutes(1);

    private final ManualClock clock = new ManualClock();
    private final FakeDriver driver = new FakeDriver();
    private final Runtime runtime =
            Runtime.open(RuntimeOptions.DEFAULT.withDriver(driver).withClock(clock));

    private Server server;
    private FakeAcceptor acceptor;

    private void listen(OverLimit overLimit) throws Exception {
        var admission =
                AdmissionOptions.DEFAULT
                        .withOverLimit(overLimit)
                        .withFarewell("421 too many\r\n")
                        .withMaxPerAddress(100);
        server =
                runtime.listen(
                        ServerFixture.anyPort(),
                        ServerOptions.DEFAULT
                                .withLimits(Limits.NONE)
                                .withMaxConnections(1)
                                .withAdmission(admission),
                        connection -> connection.readLine());
        acceptor = driver.acceptor();
    }

    @AfterEach
    void close() {
        runtime.close();
    }

    private FakeChannel serve() throws InterruptedException {
        var channel = new FakeChannel();
        acceptor.brings(channel);
        Eventually.holds(() -> server.connectionCount() == 1);
        return channel;
    }

    private static void fail() {
        throw new IllegalStateException("a broken driver");
    }

    @Test
    void clientWhoseRefusalThrowsIsCountedOnceAsFailed() throws Exception {
        listen(OverLimit.REFUSE);
        FakeChannel first = serve();
        var hostile = new FakeChannel();
        hostile.beforeWrite(HostileClientTest::fail);
        try (var _ = new CapturedLog()) {
            acceptor.brings(hostile);
            Eventually.holds(() -> server.failedCount() == 1);
            Eventually.holds(() -> !server.isAccepting()); // it pauses
        }
        assertFalse(hostile.events().isEmpty());
        assertEquals(0, server.refusedCount());
        assertEquals(1, server.origins().connections());
        first.ended();
        Eventually.holds(() -> server.connectionCount() == 0);
        assertEquals(0, server.origins().connections());
        serve();
        assertEquals(1, server.origins().connections());
    }

    @Test
    void refusedClientIsCountedOnce() throws Exception {
        listen(OverLimit.REFUSE);
        serve();
        acceptor.brings(FakeChannel.bringing());
        Eventually.holds(() -> server.refusedCount() == 1);
        Eventually.holds(() -> server.origins().connections() == 1);
        assertEquals(0, server.failedCount());
    }

    @Test
    void waitingClientsAreResetThoughTheFirstThrows() throws Exception {
        listen(OverLimit.WAIT);
        serve();
        var hostile = new FakeChannel();
        hostile.afterAbort(HostileClientTest::fail);
        var other = new FakeChannel();
        acceptor.brings(hostile);
        acceptor.brings(other);
        var shutdown = Call.of(() -> server.shutdown(GRACE)).awaitIn("awaitEmpty");
        Eventually.waitsIn(acceptor.thread(), "acquire");
        try (var log = new CapturedLog()) {
            clock.advance(GRACE);
            ShutdownReport report = shutdown.result();
            assertEquals(2, report.aborted(), report::toString);
            assertEquals(1, log.lines("a broken driver").size());
        }
        assertEquals(List.of("abort"), hostile.events());
        assertEquals(List.of("abort"), other.events());
        assertEquals(0, server.origins().connections());
    }
}
