package io.loomline.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.connect.ConnectFailedException;
import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.Eventually;
import io.loomline.probe.Kernel;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Medium;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** A shutdown serves the clients that the kernel has queued. */
@ParameterizedClass
@EnumSource(names = {"TCP", "UNIX", "MEMORY"})
class ServerBacklogTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final Duration GRACE = Duration.ofSeconds(20);
    private static final int CLIENTS = 20;

    @Parameter Medium medium;
    @TempDir Path directory;

    private final AtomicInteger present = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();
    private final List<Connection> clients = new ArrayList<>();
    private Runtime runtime;
    private Server server;

    @BeforeEach
    void listen() throws Exception {
        runtime = Runtime.open(RuntimeOptions.DEFAULT.withDriver(medium.newDriver()));
        SocketAddress address =
                medium == Medium.UNIX
                        ? UnixDomainSocketAddress.of(directory.resolve("socket"))
                        : new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        server = runtime.listen(address, ServerOptions.DEFAULT, this::echo);
    }

    @AfterEach
    void close() {
        clients.forEach(Connection::abort);
        runtime.close();
    }

    private void echo(Connection connection) throws Exception {
        most.accumulateAndGet(present.incrementAndGet(), Math::max);
        try {
            for (String line; (line = connection.readLine()) != null; ) connection.writeLine(line);
        } finally {
            present.decrementAndGet();
        }
    }

    private void queue(int count) throws Exception {
        server.suspend();
        for (int i = 0; i < count; i++) clients.add(runtime.connect(server.localAddress()));
    }

    private void assertServed() throws Exception {
        for (Connection client : clients) client.writeLine("hello");
        for (Connection client : clients) {
            assertEquals("hello", client.readLine());
            client.close();
        }
    }

    private static void assertEnded(
            int finished, int cancelled, int aborted, ShutdownReport report) {
        assertEquals(finished, report.finished(), report::toString);
        assertEquals(cancelled, report.cancelled(), report::toString);
        assertEquals(aborted, report.aborted(), report::toString);
    }

    @Test
    void queuedClientsAreServedWithinTheGrace() throws Exception {
        queue(CLIENTS);
        var shutdown = Call.of(() -> server.shutdown(GRACE)).awaitIn("awaitEmpty");
        connectUntilRefused();
        assertServed();
        ShutdownReport report = shutdown.result();
        assertEnded((int) server.acceptedCount(), 0, 0, report);
        if (refusesWhileOpen()) assertEnded(clients.size(), 0, 0, report);
    }

    /**
     * The JDK's TCP listener refuses clients only by its close, which resets those in its queue.
     */
    private boolean refusesWhileOpen() {
        return medium != Medium.TCP || Kernel.chosen() == Kernel.EPOLL;
    }

    /** Those that come before the listener is closed are served like the others. */
    private void connectUntilRefused() throws Exception {
        try {
            while (true) {
                Connection late = runtime.connect(server.localAddress());
                if (refusesWhileOpen()) clients.add(late);
                else late.close();
            }
        } catch (ConnectFailedException e) {
            assertFalse(server.isAccepting());
        }
    }

    /** Otherwise they could keep it from ending. */
    @Test
    @Tag("slow") // a client whose handshake is dropped tries again after a second
    void clientsThatKeepComingDoNotKeepTheListenerOpen() throws Exception {
        List<Call<Boolean>> crowd = new ArrayList<>();
        var connected = new AtomicInteger();
        for (int i = 0; i < 3; i++) {
            crowd.add(
                    Call.running(() -> {
                        while (isConnecting()) connected.incrementAndGet();
                    }));
        }
        Eventually.holds(() -> connected.get() > 100);
        server.shutdown(GRACE);
        for (Call<Boolean> each : crowd) each.result();
    }

    private boolean isConnecting() throws Exception {
        try {
            runtime.connect(server.localAddress()).abort();
            return true;
        } catch (ConnectFailedException e) {
            return false;
        }
    }

    @Test
    void queuedClientsOverTheLimitAreServedAsOthersEnd() throws Exception {
        queue(CLIENTS);
        server.maxConnections(3);
        var shutdown = Call.of(() -> server.shutdown(GRACE)).awaitIn("awaitEmpty");
        assertServed();
        assertEnded(CLIENTS, 0, 0, shutdown.result());
        assertTrue(most.get() <= 3, () -> most + " at a time");
    }

    @Test
    void queuedClientsAreCountedAsAbortedAfterTheGrace() throws Exception {
        server.maxConnections(1);
        clients.add(runtime.connect(server.localAddress()));
        Eventually.holds(() -> server.connectionCount() == 1);
        for (int i = 1; i < CLIENTS; i++) clients.add(runtime.connect(server.localAddress()));
        ShutdownReport report = server.shutdown(Duration.ofMillis(50));
        assertEnded(0, 1, CLIENTS - 1, report);
        assertEquals(0, server.connectionCount());
    }

    @Test
    void closeDoesNotWaitForQueuedClients() throws Exception {
        queue(CLIENTS);
        server.close();
        assertEquals(0, server.acceptedCount());
        if (medium == Medium.UNIX)
            return; // over a Unix-domain socket the peer may see an orderly end
        for (Connection client : clients) assertThrows(IOException.class, client::readLine);
    }

    @Test
    void cancelledShutdownStillServesQueuedClients() throws Exception {
        queue(CLIENTS);
        server.maxConnections(1);
        assertTrue(Call.of(() -> server.shutdown(GRACE)).cutIn("awaitEmpty"));
        assertServed();
        Eventually.holds(() -> server.connectionCount() == 0);
        assertEnded(0, 0, 0, server.shutdown(GRACE));
    }

    @Tag("stress")
    @RepeatedTest(20)
    void shutdownDuringABurstServesEverySuccessfulConnect() throws Exception {
        var begun = new AtomicInteger();
        List<Call<String>> burst = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            burst.add(
                    Call.of(() -> {
                        begun.incrementAndGet();
                        Connection client;
                        try {
                            client = runtime.connect(server.localAddress());
                        } catch (IOException e) {
                            return "refused";
                        }
                        try (client) {
                            client.writeLine("hello");
                            return client.readLine();
                        }
                    }));
        }
        Eventually.holds(() -> begun.get() > 100);
        ShutdownReport report = server.shutdown(GRACE);
        int served = 0;
        for (Call<String> each : burst) {
            String result = each.result();
            if (result.equals("hello")) served++;
            else assertEquals("refused", result);
        }
        assertEquals(0, report.cancelled() + report.aborted(), report::toString);
        assertEquals(served, server.acceptedCount(), report::toString);
    }
}
