package io.loomline.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.net.Connection;
import io.loomline.net.ConnectionHandler;
import io.loomline.net.Connections;
import io.loomline.probe.Eventually;
import io.loomline.probe.Kernel;
import io.loomline.server.Server;
import io.loomline.stream.Operation;
import io.loomline.task.Task;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Predicate;

/** Connections that were opened with {@code Runtime.connect}, as observers see them. */
@ParameterizedClass
@EnumSource(Kernel.class)
class ClientConnectionTest {
    private static final ConnectionHandler SILENT = _ -> Task.sleep(Duration.ofHours(1));

    @Parameter Kernel kernel;

    private Runtime runtime;
    private Runtime peers;
    private SocketAddress silent;

    @BeforeEach
    void open() throws Exception {
        runtime = Runtime.open(RuntimeOptions.DEFAULT.withDriver(kernel.newDriver()));
        peers = Runtime.open();
        silent = peers.listen(0, SILENT).localAddress();
    }

    @AfterEach
    void close() {
        runtime.close();
        peers.close();
    }

    private List<TreeNode> nodes(Predicate<TreeNode> wanted) {
        return runtime.tree().stream().filter(wanted).toList();
    }

    private List<TreeNode> clients() {
        return nodes(node -> node.kind() == NodeKind.CLIENT);
    }

    private static SocketAddress peerOf(TreeNode node) {
        return Objects.requireNonNull(node.traffic()).peer();
    }

    @Test
    void connectionThatNobodyWaitsForIsBelowTheRuntime() throws Exception {
        try (Connection connection = runtime.connect(silent)) {
            connection.writeLine("hello");
            TreeNode node = clients().getFirst();
            assertEquals(1, clients().size());
            assertTrue(runtime.tree().root().children().contains(node));
            assertEquals(silent, peerOf(node));
            assertEquals(connection.localAddress().toString(), node.name());
            assertEquals(6, Objects.requireNonNull(node.traffic()).bytesWritten());
            assertEquals(NodeState.OPEN, node.state());
            assertNull(node.waited());
        }
        assertEquals(List.of(), clients());
    }

    @Test
    void waitingTaskHasThePeer() throws Exception {
        Task<Void> task =
                runtime.start(
                        "crawl",
                        () -> {
                            try (Connection connection = runtime.connect(silent)) {
                                connection.readLine();
                            }
                        });
        Eventually.holds(() -> !nodes(node -> node.waited() != null).isEmpty());
        TreeNode node = nodes(each -> each.waited() != null).getFirst();
        assertEquals(NodeKind.TASK, node.kind());
        assertEquals(task.id(), node.id());
        assertEquals(silent, peerOf(node));
        assertEquals("Connection.readLine", node.operation());
        assertEquals(List.of(), clients(), "it is not listed twice");
        task.cancel("the test is over");
    }

    @Test
    void writerThatWaitsIsFound() throws Exception {
        Task<Void> task =
                runtime.start(() -> {
                    try (Connection connection = runtime.connect(silent)) {
                        while (true) connection.write(new byte[1 << 20]);
                    }
                });
        Eventually.holds(() ->
                nodes(each -> each.id() == task.id()).stream()
                        .anyMatch(node -> node.waited() != null && node.traffic() != null));
        task.cancel("the test is over");
    }

    @Test
    void servedConnectionHasTheClientItWaitsForInside() throws Exception {
        Server server =
                runtime.listen(
                        0,
                        downstream -> {
                            try (Connection upstream = runtime.connect(silent)) {
                                upstream.readLine();
                            }
                        });
        try (Connection client = peers.connect(server.localAddress())) {
            Eventually.holds(() -> clients().stream().anyMatch(node -> node.waited() != null));
            TreeNode served = nodes(node -> node.kind() == NodeKind.CONNECTION).getFirst();
            assertEquals(client.localAddress(), peerOf(served));
            assertEquals(silent, peerOf(served.children().getFirst()));
            assertEquals(1, clients().size());
        }
    }

    @Test
    void theyAreCounted() throws Exception {
        try (Connection _ = runtime.connect(silent);
                Connection _ = runtime.connect(silent)) {
            assertEquals(2, count());
        }
        assertEquals(0, count());
    }

    private long count() {
        return runtime.metrics().stream()
                .filter(metric -> metric.name().equals("loomline.client.active_connections"))
                .findFirst()
                .orElseThrow()
                .reading()
                .get()
                .getFirst()
                .value();
    }

    @Test
    void operationsAreRecordedOfThoseThatAreOpenAndOfNewOnes() throws Exception {
        try (Connection before = runtime.connect(silent)) {
            runtime.recordOperations(true);
            try (Connection after = runtime.connect(silent)) {
                for (Connection each : List.of(before, after)) {
                    each.writeLine("hello");
                    each.flush();
                    Operation last = Connections.operationsOf(each).getLast();
                    assertEquals(Operation.Kind.WRITE, last.kind());
                }
                runtime.recordOperations(false);
                assertEquals(List.of(), Connections.operationsOf(after));
            }
        }
    }

    @Test
    void threadsOfAServerAreNamedWhileOperationsAreRecorded() throws Exception {
        Queue<Thread> threads = new ConcurrentLinkedQueue<>();
        Server server =
                runtime.listen(
                        0,
                        connection -> {
                            threads.add(Thread.currentThread());
                            SILENT.handle(connection);
                        });
        try (Connection _ = peers.connect(server.localAddress())) {
            Eventually.holds(() -> threads.size() == 1);
            runtime.recordOperations(true);
            try (Connection later = peers.connect(server.localAddress())) {
                Eventually.holds(() -> names(threads).size() == 2);
                String expected =
                        "server " + server.localAddress() + ", peer " + later.localAddress();
                assertTrue(names(threads).contains(expected), () -> names(threads).toString());
                runtime.recordOperations(false);
                assertEquals(List.of(), names(threads));
            }
        }
    }

    /** The names of those threads that have one. */
    private static List<String> names(Queue<Thread> threads) {
        return threads.stream().map(Thread::getName).filter(name -> !name.isEmpty()).toList();
    }
}
