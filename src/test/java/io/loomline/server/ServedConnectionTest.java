package io.loomline.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.RuntimeOptions;
import io.loomline.net.Connection;
import io.loomline.probe.CapturedLog;
import io.loomline.probe.Eventually;
import io.loomline.task.Task;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;

/** What a server says of its connections. */
@ParameterizedClass
@EnumSource(names = {"TCP", "MEMORY"})
class ServedConnectionTest extends ServerFixture {
    private final ManualClock clock = new ManualClock();

    @Override
    RuntimeOptions options() {
        return super.options().withClock(clock);
    }

    private Server echoServer() throws IOException {
        return runtime.listen(
                anyPort(),
                connection -> {
                    for (String line : connection.lines()) connection.writeLine(line);
                });
    }

    private Connection connectAndExchange(Server server, String line) throws Exception {
        Connection client = runtime.connect(server.localAddress());
        client.writeLine(line);
        assertEquals(line, client.readLine());
        return client;
    }

    @Test
    void connectionsTellThePeerTheAgeAndTheBytes() throws Exception {
        Server server = echoServer();
        assertEquals(List.of(), server.connections());
        try (Connection first = connectAndExchange(server, "hello")) {
            clock.advance(Duration.ofSeconds(3));
            try (Connection second = connectAndExchange(server, "hi")) {
                clock.advance(Duration.ofSeconds(1));
                List<ServedConnection> all = server.connections();
                assertEquals(2, all.size());
                ServedConnection oldest = all.getFirst();
                assertEquals(first.localAddress(), oldest.remoteAddress());
                assertEquals(second.localAddress(), all.getLast().remoteAddress());
                assertEquals(Duration.ofSeconds(4), oldest.age());
                assertEquals(Duration.ofSeconds(1), all.getLast().age());
                assertEquals(6, oldest.bytesRead());
                assertEquals(6, oldest.bytesWritten());
                assertEquals(3, all.getLast().bytesRead());
                assertTrue(oldest.task().name().startsWith("task-"), oldest.task()::name);
                assertTrue(oldest.toString().contains("for PT4S: 6 bytes read"), oldest::toString);
            }
        }
        Eventually.holds(() -> server.connections().isEmpty());
    }

    @Test
    void snapshotDoesNotChange() throws Exception {
        Server server = echoServer();
        List<ServedConnection> before;
        try (Connection client = connectAndExchange(server, "hello")) {
            before = server.connections();
            clock.advance(Duration.ofSeconds(1));
            client.writeLine("more");
            assertEquals("more", client.readLine());
        }
        Eventually.holds(() -> server.connectionCount() == 0);
        assertEquals(1, before.size());
        ServedConnection gone = before.getFirst();
        assertEquals(Duration.ZERO, gone.age());
        assertEquals(6, gone.bytesRead());
        assertThrows(UnsupportedOperationException.class, before::clear);
        assertFalse(gone.cancel("too late"));
        gone.abort();
    }

    @Test
    void oneIsCancelledAndTheOthersGoOn() throws Exception {
        var reason = new CompletableFuture<String>();
        Server server =
                runtime.listen(
                        anyPort(),
                        connection -> {
                            try {
                                while (connection.readLine() != null) connection.writeLine("ok");
                            } catch (InterruptedException e) {
                                reason.complete(Task.current().cancelReason().orElseThrow());
                                throw e;
                            }
                        });
        try (Connection one = runtime.connect(server.localAddress());
                Connection other = runtime.connect(server.localAddress())) {
            one.writeLine("hello"); // a handler that is cancelled before it runs never runs
            assertEquals("ok", one.readLine());
            Eventually.holds(() -> server.connections().size() == 2);
            ServedConnection served = server.connections().getFirst();
            assertEquals(one.localAddress(), served.remoteAddress());
            assertTrue(served.cancel("by the operator"));
            assertEquals("by the operator", reason.get());
            assertNull(one.readLine());
            other.writeLine("still here");
            assertEquals("ok", other.readLine());
        }
    }

    @Test
    void oneIsAborted() throws Exception {
        Server server = echoServer();
        try (Connection client = connectAndExchange(server, "hello")) {
            server.connections().getFirst().abort();
            Eventually.holds(() -> server.connectionCount() == 0);
            assertThrows(IOException.class, client::readLine);
        }
    }

    @Test
    void everyConnectionIsAcceptedRefusedOrFailed() throws Exception {
        Server server = echoServer();
        for (int i = 0; i < 3; i++) connectAndExchange(server, "hello").close();
        Eventually.holds(() -> server.connectionCount() == 0);
        assertEquals(3, server.acceptedCount());
        assertEquals(0, server.refusedCount());
        assertEquals(0, server.failedCount());
    }

    @Test
    void awaitThrowsIfAHandlerHasCancelledTheServer() throws Exception {
        Server server = runtime.listen(anyPort(), _ -> Task.current().group().cancel("by mistake"));
        runtime.connect(server.localAddress()).close();
        var e = assertThrows(CancellationException.class, server::await);
        assertTrue(e.getMessage().contains("" + server.localAddress()), e::toString);
        assertTrue(e.getMessage().contains("was cancelled: by mistake"), e::toString);
        assertFalse(server.isAccepting());
        server.close();
    }

    @Test
    void awaitReturnsAfterEveryKindOfClose() throws Exception {
        Server closed = echoServer();
        closed.close();
        closed.await();
        Server shut = echoServer();
        shut.shutdown(Duration.ZERO);
        shut.await();
        Server left = echoServer();
        runtime.close();
        left.await();
    }

    @Test
    void snapshotsAreSafeWhileConnectionsComeAndGo() throws Exception {
        Server server = echoServer();
        try (Connection stays = connectAndExchange(server, "hello");
                var _ = new CapturedLog()) {
            Task<Void> clients =
                    runtime.start(() -> {
                        for (int i = 0; i < 200; i++) connectAndExchange(server, "x").close();
                    });
            while (!clients.isDone()) {
                List<ServedConnection> all = server.connections();
                assertEquals(stays.localAddress(), all.getFirst().remoteAddress());
                for (ServedConnection each : all) {
                    assertTrue(each.bytesRead() >= 0 && each.bytesWritten() >= 0, each::toString);
                }
            }
            clients.join();
        }
        Eventually.holds(() -> server.connectionCount() == 0);
        assertEquals(201, server.acceptedCount());
    }

    @Test
    @Tag("slow")
    void tenThousandConnectionsAreListed() throws Exception {
        int count = medium.name().equals("MEMORY") ? 10_000 : 2_000;
        Server server = echoServer();
        List<Connection> clients = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) clients.add(runtime.connect(server.localAddress()));
            Eventually.holds(() -> server.connections().size() == count);
            long before = System.nanoTime();
            for (int i = 0; i < 10; i++) assertEquals(count, server.connections().size());
            long each = (System.nanoTime() - before) / (10L * count);
            assertTrue(each < 20_000, "ns for each connection: " + each);
        } finally {
            clients.forEach(Connection::abort);
        }
    }
}
