package io.loomline.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.loomline.RuntimeOptions;
import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.Eventually;
import io.loomline.stream.Limits;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Over the limit, the connection that was idle for longest makes room for the next client. */
@ParameterizedClass
@EnumSource(names = {"TCP", "MEMORY"})
class IdleEvictionTest extends ServerFixture {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualClock clock = new ManualClock();
    private final Queue<Thread> handlers = new ConcurrentLinkedQueue<>();

    @Override
    RuntimeOptions options() {
        return super.options().withClock(clock);
    }

    private Server listen(int maxConnections, Limits limits) throws Exception {
        return runtime.listen(
                anyPort(),
                ServerOptions.DEFAULT
                        .withMaxConnections(maxConnections)
                        .withLimits(limits)
                        .withAdmission(
                                AdmissionOptions.DEFAULT.withOverLimit(OverLimit.CLOSE_IDLE)),
                this::greetAndEcho);
    }

    private void greetAndEcho(Connection connection) throws Exception {
        handlers.add(Thread.currentThread());
        connection.writeLine("welcome");
        for (String line; (line = connection.readLine()) != null; ) connection.writeLine(line);
    }

    private Connection greeted(Server server) throws Exception {
        Connection client = connect(server);
        assertEquals("welcome", client.readLine());
        awaitIdle();
        return client;
    }

    /** Until every handler waits for a line, from which its idle time counts. */
    private void awaitIdle() throws InterruptedException {
        handlers.removeIf(each -> !each.isAlive());
        for (Thread each : handlers) Eventually.waitsIn(each, "awaitReadable");
    }

    @Test
    void longestIdleConnectionIsClosedForTheNextClient() throws Exception {
        for (Limits limits : new Limits[] {Limits.DEFAULT, Limits.NONE}) {
            Server server = listen(2, limits);
            Connection first = greeted(server);
            clock.advance(SECOND);
            Connection second = greeted(server);
            clock.advance(SECOND);
            first.writeLine("active");
            assertEquals("active", first.readLine());
            awaitIdle();
            clock.advance(SECOND);
            try (Connection third = connect(server)) {
                assertEquals("welcome", third.readLine());
                assertNull(second.readLine());
                first.writeLine("still served");
                assertEquals("still served", first.readLine());
                assertEquals(2, server.connectionCount());
            }
            assertEquals(0, server.refusedCount());
            first.close();
            second.close();
            server.close();
        }
    }

    @Test
    void clientWaitsUntilAConnectionIsIdle() throws Exception {
        Server server = listen(1, Limits.DEFAULT);
        Connection first = greeted(server);
        try (Connection second = connect(server)) {
            var greeting = Call.of(second::readLine).awaitIn("awaitReadable");
            clock.awaitTimers(3); // among them that of the next search
            assertFalse(greeting.isDone());
            first.writeLine("active");
            assertEquals("active", first.readLine());
            awaitIdle();
            clock.advance(SECOND);
            assertEquals("welcome", greeting.result());
            assertNull(first.readLine());
            first.close();
        }
    }

    @Test
    void clientIsServedWhenAnotherLeaves() throws Exception {
        Server server = listen(1, Limits.DEFAULT);
        Connection first = greeted(server);
        try (Connection second = connect(server)) {
            first.close();
            assertEquals("welcome", second.readLine());
        }
    }

    @Test
    void serverThatLooksForIdleConnectionsCanBeClosed() throws Exception {
        Server server = listen(1, Limits.DEFAULT);
        Connection first = greeted(server);
        Connection second = connect(server);
        server.close();
        assertEquals(0, server.connectionCount());
        first.close();
        second.abort();
    }
}
