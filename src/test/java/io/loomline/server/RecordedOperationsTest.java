package io.loomline.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.Drivers;
import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.net.Connection;
import io.loomline.probe.CapturedLog;
import io.loomline.probe.Eventually;
import io.loomline.stream.Operation;
import io.loomline.stream.Operation.Kind;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;

class RecordedOperationsTest {
    private final Runtime runtime =
            Runtime.open(RuntimeOptions.DEFAULT.withDriver(Drivers.memory()));
    private final CapturedLog log = new CapturedLog();

    @AfterEach
    void close() {
        runtime.close();
        log.close();
    }

    private Server echo() throws Exception {
        return runtime.listen(
                7000,
                connection -> {
                    for (String line; (line = connection.readLine()) != null; ) {
                        if (line.equals("fail")) throw new IllegalStateException("as asked");
                        connection.writeLine(line);
                    }
                });
    }

    private static String exchange(Connection client, String line) throws Exception {
        client.writeLine(line);
        return client.readLine();
    }

    private static List<Operation> operations(Server server) {
        return server.connections().getFirst().operations();
    }

    @Test
    void nothingIsRecordedByDefault() throws Exception {
        Server server = echo();
        try (var client = runtime.connect("localhost", 7000)) {
            exchange(client, "hello");
            assertEquals(List.of(), operations(server));
        }
    }

    @Test
    void readsAndWritesAreRecordedWithTheirWaits() throws Exception {
        runtime.recordOperations(true);
        Server server = echo();
        try (var client = runtime.connect("localhost", 7000)) {
            exchange(client, "hello");
            Eventually.holds(() -> operations(server).size() == 2); // the write is noted after it
            List<Operation> found = operations(server);
            assertEquals(
                    List.of(Kind.READ, Kind.WRITE), found.stream().map(Operation::kind).toList());
            assertEquals(List.of(6L, 6L), found.stream().map(Operation::bytes).toList());
            assertTrue(found.getFirst().toString().startsWith("read 6 B"), found::toString);
        }
    }

    @Test
    void theLastSixteenAreKept() throws Exception {
        runtime.recordOperations(true);
        Server server = echo();
        try (var client = runtime.connect("localhost", 7000)) {
            for (int i = 0; i < 100; i++) exchange(client, "x".repeat(i));
            Eventually.holds(() -> operations(server).getLast().kind() == Kind.WRITE);
            List<Operation> found = operations(server);
            assertEquals(16, found.size());
            assertEquals(100, found.getLast().bytes());
            assertEquals(93, found.getFirst().bytes());
        }
    }

    @Test
    void connectionsThatAreOpenAlreadyAreRecordedToo() throws Exception {
        Server server = echo();
        try (var client = runtime.connect("localhost", 7000)) {
            exchange(client, "before");
            runtime.recordOperations(true);
            exchange(client, "after");
            Eventually.holds(() -> operations(server).size() == 2);
            runtime.recordOperations(false);
            assertEquals(List.of(), operations(server));
        }
    }

    @Test
    void failureOfAHandlerIsLoggedWithThem() throws Exception {
        runtime.recordOperations(true);
        Server server = echo();
        try (var client = runtime.connect("localhost", 7000)) {
            exchange(client, "hello");
            client.writeLine("fail");
            Eventually.holds(() -> server.connectionCount() == 0);
        }
        List<String> lines = log.lines("as asked");
        assertTrue(
                log.lines("last operations: read 6 B").size() == 1, () -> log.lines("").toString());
        assertEquals(1, lines.size());
    }

    @Test
    void reportOfAShutdownHasThemForStragglers() throws Exception {
        runtime.recordOperations(true);
        Server server = echo();
        try (var client = runtime.connect("localhost", 7000)) {
            exchange(client, "hello");
            Eventually.holds(() -> operations(server).size() == 2);
            ShutdownReport report = server.shutdown(Duration.ZERO);
            assertEquals(2, report.stragglers().getFirst().operations().size());
        }
    }
}
