package io.loomline.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.Eventually;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** The connection limit of a server: further clients wait and are served later. */
@ParameterizedClass
@EnumSource(names = {"TCP", "MEMORY"})
class ServerLimitTest extends ServerFixture {
    private final AtomicInteger most = new AtomicInteger();
    private final AtomicInteger present = new AtomicInteger();

    private Server listen(int maxConnections) throws Exception {
        return runtime.listen(
                anyPort(),
                ServerOptions.DEFAULT.withMaxConnections(maxConnections),
                this::greetAndEcho);
    }

    private void greetAndEcho(Connection connection) throws Exception {
        most.accumulateAndGet(present.incrementAndGet(), Math::max);
        try {
            connection.writeLine("welcome");
            for (String line; (line = connection.readLine()) != null; ) connection.writeLine(line);
        } finally {
            present.decrementAndGet();
        }
    }

    @Test
    void clientOverTheLimitIsServedWhenAnotherLeaves() throws Exception {
        Server server = listen(1);
        Connection first = connect(server);
        assertEquals("welcome", first.readLine());
        try (Connection second = connect(server)) {
            var greeting = Call.of(second::readLine).awaitIn("awaitReadable");
            first.writeLine("still served");
            assertEquals("still served", first.readLine());
            assertFalse(greeting.isDone());
            assertEquals(1, server.connectionCount());
            first.close();
            assertEquals("welcome", greeting.result());
        }
        assertEquals(1, most.get());
    }

    @Test
    void limitIsNeverExceeded() throws Exception {
        Server server = listen(3);
        List<Call<String>> clients = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            clients.add(
                    Call.of(() -> {
                        try (Connection client = connect(server)) {
                            return client.readLine();
                        }
                    }));
        }
        for (var client : clients) assertEquals("welcome", client.result());
        assertTrue(most.get() <= 3, () -> most + " at a time");
    }

    @Test
    void raisedLimitAdmitsWaitingClients() throws Exception {
        Server server = listen(1);
        try (Connection first = connect(server);
                Connection second = connect(server);
                Connection third = connect(server)) {
            assertEquals("welcome", first.readLine());
            assertEquals(1, server.maxConnections());
            server.maxConnections(3);
            assertEquals(3, server.maxConnections());
            assertEquals("welcome", second.readLine());
            assertEquals("welcome", third.readLine());
            assertEquals(3, server.connectionCount());
        }
    }

    @Test
    void loweredLimitEndsNoConnectionAndAdmitsNoneUntilEnoughHaveEnded() throws Exception {
        Server server = listen(2);
        Connection first = connect(server);
        Connection second = connect(server);
        assertEquals("welcome", first.readLine());
        assertEquals("welcome", second.readLine());
        server.maxConnections(1);
        try (Connection third = connect(server)) {
            var greeting = Call.of(third::readLine).awaitIn("awaitReadable");
            first.close();
            Eventually.holds(() -> server.connectionCount() == 1);
            second.writeLine("still served");
            assertEquals("still served", second.readLine());
            assertFalse(greeting.isDone());
            second.close();
            assertEquals("welcome", greeting.result());
        }
    }

    @Test
    void suspendedServerServesPresentClientsOnly() throws Exception {
        Server server = listen(10);
        try (Connection first = connect(server)) {
            assertEquals("welcome", first.readLine());
            server.suspend();
            try (Connection second = connect(server)) {
                var greeting = Call.of(second::readLine).awaitIn("awaitReadable");
                first.writeLine("still served");
                assertEquals("still served", first.readLine());
                assertFalse(greeting.isDone());
                assertEquals(1, server.connectionCount());
                server.resume();
                assertEquals("welcome", greeting.result());
            }
        }
    }

    @Test
    void oneResumeRevertsTwoSuspends() throws Exception {
        Server server = listen(10);
        server.suspend();
        server.suspend();
        server.resume();
        try (Connection client = connect(server)) {
            assertEquals("welcome", client.readLine());
        }
        server.resume();
    }

    @Test
    void suspendedServerCanBeClosed() throws Exception {
        Server server = listen(1);
        server.suspend();
        Connection client = connect(server);
        server.close();
        client.abort();
        assertEquals(0, server.connectionCount());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
    void limitBelowOneIsRejected(int limit) throws Exception {
        Server server = listen(1);
        var e = assertThrows(IllegalArgumentException.class, () -> server.maxConnections(limit));
        assertTrue(e.getMessage().contains("maxConnections " + limit), e::toString);
        assertTrue(e.getMessage().contains("1 or more"), e::toString);
    }
}
