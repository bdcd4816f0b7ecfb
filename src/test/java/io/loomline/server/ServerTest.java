package io.loomline.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.Eventually;
import io.loomline.stream.ConnectionClosedException;
import io.loomline.task.Task;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicReference;

/** A server runs a task for each connection and closes the connection when its handler ends. */
@ParameterizedClass
@EnumSource(names = {"TCP", "MEMORY"})
class ServerTest extends ServerFixture {

    private static void echo(Connection connection) throws Exception {
        for (String line; (line = connection.readLine()) != null; ) connection.writeLine(line);
    }

    @Test
    void manyClientsAreServedAtTheSameTime() throws Exception {
        Server server = runtime.listen(0, ServerTest::echo);
        List<Call<String>> clients = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            String line = "line of client " + i;
            clients.add(Call.of(() -> ask(server, line)));
        }
        for (int i = 0; i < clients.size(); i++) {
            assertEquals("line of client " + i, clients.get(i).result());
        }
    }

    private String ask(Server server, String line) throws Exception {
        try (Connection connection = connect(server)) {
            connection.writeLine(line);
            return connection.readLine();
        }
    }

    @Test
    void eachConnectionHasATaskOfItsOwn() throws Exception {
        var tasks = new LinkedBlockingQueue<Task<?>>();
        var both = new CyclicBarrier(2);
        Server server =
                runtime.listen(
                        0,
                        connection -> {
                            tasks.add(Task.current());
                            both.await();
                        });
        try (Connection one = connect(server);
                Connection other = connect(server)) {
            assertNull(one.readLine());
            assertNull(other.readLine());
        }
        assertNotEquals(tasks.take().id(), tasks.take().id());
    }

    @Test
    void connectionCountFollowsTheConnections() throws Exception {
        Server server = runtime.listen(0, ServerTest::echo);
        assertEquals(0, server.connectionCount());
        try (Connection one = connect(server)) {
            one.writeLine("a");
            one.readLine();
            assertEquals(1, server.connectionCount());
            try (Connection other = connect(server)) {
                other.writeLine("b");
                other.readLine();
                assertEquals(2, server.connectionCount());
            }
            Eventually.holds(() -> server.connectionCount() == 1);
        }
        Eventually.holds(() -> server.connectionCount() == 0);
        assertTrue(server.toString().contains("0 connections"), server::toString);
    }

    @Test
    void connectionIsClosedWhenTheHandlerReturns() throws Exception {
        var kept = new AtomicReference<Connection>();
        Server server =
                runtime.listen(
                        0,
                        connection -> {
                            kept.set(connection);
                            connection.writeLine("bye");
                        });
        try (Connection client = connect(server)) {
            assertEquals("bye", client.readLine());
            assertNull(client.readLine());
        }
        Eventually.holds(() -> !kept.get().isOpen());
        assertThrows(ConnectionClosedException.class, () -> kept.get().writeLine("more"));
    }

    @Test
    void handlerMayCloseItsConnection() throws Exception {
        Server server = runtime.listen(0, Connection::close);
        for (int i = 0; i < 3; i++) {
            try (Connection client = connect(server)) {
                assertNull(client.readLine());
            }
        }
        Eventually.holds(() -> server.connectionCount() == 0);
    }

    @Test
    void addressesOfHandlerAndClientMatch() throws Exception {
        var addresses = new LinkedBlockingQueue<String>();
        Server server =
                runtime.listen(0, connection -> addresses.add("" + connection.remoteAddress()));
        try (Connection client = connect(server)) {
            assertEquals("" + client.localAddress(), addresses.take());
            assertEquals(server.port(), port(client.remoteAddress()));
            assertEquals(server.port(), port(server.localAddress()));
        }
    }

    private static int port(SocketAddress address) {
        return ((InetSocketAddress) address).getPort();
    }

    @Test
    void awaitReturnsWhenTheLastConnectionHasEnded() throws Exception {
        Server server = runtime.listen(0, ServerTest::echo);
        Connection client = connect(server);
        client.writeLine("a");
        client.readLine();
        var waiting = Call.running(server::await).awaitIn("awaitEmpty");
        var stopping = Call.of(() -> server.shutdown(Duration.ofHours(1)));
        stopping.awaitIn("awaitEmpty");
        client.close();
        waiting.result();
        assertEquals(1, stopping.result().finished());
    }

    @Test
    void cancelEndsAwaitAndNotTheServer() throws Exception {
        Server server = runtime.listen(0, ServerTest::echo);
        assertTrue(Call.running(server::await).cutIn("awaitEmpty"));
        assertEquals("still here", ask(server, "still here"));
    }

    @Test
    void closeEndsTheConnectionsAndTheListener() throws Exception {
        var cancelled = new CountDownLatch(1);
        Server server =
                runtime.listen(
                        0,
                        connection -> {
                            connection.writeLine("welcome");
                            try {
                                connection.readLine();
                            } catch (InterruptedException e) {
                                cancelled.countDown();
                                throw e;
                            }
                        });
        try (Connection client = connect(server)) {
            assertEquals("welcome", client.readLine());
            server.close();
            cancelled.await();
            assertNull(client.readLine());
        }
        assertEquals(0, server.connectionCount());
        assertThrows(IOException.class, () -> connect(server));
        server.close();
    }

    @Test
    void serversAreIndependent() throws Exception {
        Server one = runtime.listen(0, ServerTest::echo);
        Server other = runtime.listen(0, ServerTest::echo);
        one.close();
        assertEquals("other", ask(other, "other"));
    }
}
