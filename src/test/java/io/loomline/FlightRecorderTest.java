package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.connect.ConnectFailedException;
import io.loomline.connect.ConnectOptions;
import io.loomline.driver.ConnectionLostException;
import io.loomline.driver.Driver;
import io.loomline.driver.ExhaustionException;
import io.loomline.net.Connection;
import io.loomline.probe.Eventually;
import io.loomline.probe.FakeDriver;
import io.loomline.probe.Kernel;
import io.loomline.probe.Leftovers;
import io.loomline.probe.RecordedFlight;
import io.loomline.server.Server;
import io.loomline.server.ServerOptions;
import io.loomline.task.Task;
import io.loomline.tls.Tls;
import io.loomline.tls.keys.TestCertificates;

import jdk.jfr.Configuration;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;

/** The events that a recording with the settings {@code loomline.jfc} contains. */
class FlightRecorderTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final int MORE_THAN_THE_KERNEL_BUFFERS = 64 * 1024 * 1024;

    @TempDir Path directory;

    /** What is recorded. */
    private interface Action {
        void run(Runtime runtime) throws Exception;
    }

    @Test
    void connectAcceptAndCloseAreRecorded() throws Exception {
        List<RecordedEvent> events =
                record(runtime -> {
                    Server server = runtime.listen(0, Connection::readLine);
                    try (Connection client = runtime.connect("localhost", server.port())) {
                        client.writeLine("hello");
                        assertNull(client.readLine());
                    }
                    Connection aborted = runtime.connect("localhost", server.port());
                    aborted.abort();
                });
        RecordedEvent connect = RecordedFlight.named("Connect", events).getFirst();
        assertTrue(connect.getString("remoteAddress").contains("localhost"), () -> "" + connect);
        assertNull(connect.getString("failure"));
        assertTrue(connect.getDuration().isPositive());
        RecordedEvent accept = RecordedFlight.named("Accept", events).getFirst();
        assertTrue(accept.getString("remoteAddress").startsWith("/"), () -> "" + accept);
        assertNotNull(accept.getString("localAddress"));
        List<String> reasons = values("Close", "reason", events);
        assertTrue(reasons.contains("closed") && reasons.contains("aborted"), () -> "" + reasons);
        assertTrue(
                RecordedFlight.named("Close", events).stream()
                        .anyMatch(close -> close.getLong("bytesWritten") == "hello\n".length()));
        assertTrue(
                RecordedFlight.named("Close", events).stream()
                        .anyMatch(close -> close.getLong("bytesRead") == "hello\n".length()));
    }

    @Test
    void failedConnectSaysWhy() throws Exception {
        List<RecordedEvent> events =
                record(runtime -> {
                    Server server = runtime.listen(0, Connection::readLine);
                    int port = server.port();
                    server.close();
                    assertThrows(
                            ConnectFailedException.class, () -> runtime.connect("127.0.0.1", port));
                });
        String failure = RecordedFlight.named("Connect", events).getFirst().getString("failure");
        assertTrue(failure.contains("ConnectFailedException"), failure);
    }

    @Test
    void readWaitIsRecorded() throws Exception {
        var reader = new AtomicReference<Thread>();
        List<RecordedEvent> events =
                recordWaits(
                        Duration.ZERO,
                        runtime -> {
                            Server server =
                                    runtime.listen(
                                            0,
                                            connection -> {
                                                connection.readLine();
                                                Eventually.waitsIn(reader.get(), "awaitReadable");
                                                connection.writeLine("late");
                                            });
                            reader.set(Thread.currentThread());
                            try (Connection client = runtime.connect("localhost", server.port())) {
                                client.writeLine("hello");
                                assertEquals("late", client.readLine());
                            }
                        });
        RecordedEvent wait =
                RecordedFlight.named("ReadWait", events).stream()
                        .filter(each -> hasFrame(each, "readWaitIsRecorded"))
                        .findFirst()
                        .orElseThrow();
        assertTrue(wait.getString("remoteAddress").contains("127.0.0.1"), () -> "" + wait);
        assertTrue(wait.getDuration().isPositive());
        assertFalse(wait.getBoolean("interrupted"));
    }

    @Test
    void cancelledWriteWaitIsRecorded() throws Exception {
        List<RecordedEvent> events = recordWaits(Duration.ZERO, this::cancelWrite);
        assertTrue(
                RecordedFlight.named("WriteWait", events).stream()
                        .anyMatch(wait -> wait.getBoolean("interrupted")),
                () -> RecordedFlight.named("WriteWait", events).toString());
    }

    @Test
    void waitsBelowTheThresholdAreNotRecorded() throws Exception {
        List<RecordedEvent> events = recordWaits(Duration.ofHours(1), this::cancelWrite);
        assertEquals(List.of(), RecordedFlight.named("WriteWait", events));
        assertEquals(List.of(), RecordedFlight.named("ReadWait", events));
    }

    @Test
    void cancelIsRecordedWithItsReason() throws Exception {
        List<RecordedEvent> events = record(this::cancelWrite);
        assertTrue(values("TaskCancel", "reason", events).contains("enough"));
        assertTrue(values("TaskCancel", "subject", events).contains("task 'writer'"));
        RecordedEvent end = ofTask("TaskEnd", "writer", events);
        assertEquals("CANCELLED", end.getString("state"));
        assertEquals("enough", end.getString("failure"));
    }

    private void cancelWrite(Runtime runtime) throws Exception {
        var thread = new AtomicReference<Thread>();
        Server server = runtime.listen(0, _ -> Task.sleep(Duration.ofHours(1)));
        Task<Void> writer =
                runtime.start(
                        "writer",
                        () -> {
                            thread.set(Thread.currentThread());
                            try (Connection client = runtime.connect("localhost", server.port())) {
                                client.write(new byte[MORE_THAN_THE_KERNEL_BUFFERS]);
                            }
                        });
        Eventually.holds(() -> thread.get() != null);
        Eventually.waitsIn(thread.get(), "awaitWritable");
        writer.cancel("enough");
        assertThrows(CancellationException.class, writer::join);
    }

    private List<RecordedEvent> recordWaits(Duration threshold, Action action) throws Exception {
        try (var recording = new Recording()) {
            recording.enable("io.loomline.ReadWait").withThreshold(threshold);
            recording.enable("io.loomline.WriteWait").withThreshold(threshold);
            return record(recording, action);
        }
    }

    private static boolean hasFrame(RecordedEvent event, String method) {
        return event.getStackTrace().getFrames().stream()
                .anyMatch(frame -> frame.getMethod().getName().equals(method));
    }

    @Test
    void tasksAreRecordedFromStartToEnd() throws Exception {
        List<RecordedEvent> events =
                record(runtime -> {
                    runtime.start("good", () -> "value").join();
                    Task<String> bad =
                            runtime.start(
                                    "bad\n",
                                    () -> {
                                        throw new IllegalStateException("broken");
                                    });
                    assertThrows(ExecutionException.class, bad::join);
                });
        for (String name : List.of("good", "bad\\u000a")) {
            RecordedEvent start = ofTask("TaskStart", name, events);
            RecordedEvent end = ofTask("TaskEnd", name, events);
            assertEquals(start.getLong("taskId"), end.getLong("taskId"));
        }
        assertEquals("SUCCESS", ofTask("TaskEnd", "good", events).getString("state"));
        RecordedEvent failed = ofTask("TaskEnd", "bad\\u000a", events);
        assertEquals("FAILED", failed.getString("state"));
        assertTrue(failed.getString("failure").contains("broken"));
    }

    @Test
    void drainIsRecorded() throws Exception {
        List<RecordedEvent> events =
                record(runtime -> {
                    Server server = runtime.listen(0, Connection::readLine);
                    server.shutdown(Duration.ofSeconds(1));
                });
        RecordedEvent drain = RecordedFlight.named("Drain", events).getFirst();
        assertEquals(Duration.ofSeconds(1), drain.getDuration("grace"));
        assertEquals(0, drain.getInt("aborted"));
    }

    @Test
    void handshakesOfBothSidesAreRecorded() throws Exception {
        Tls serverTls = Tls.server(TestCertificates.server("localhost").serverContext());
        List<RecordedEvent> events =
                record(runtime -> {
                    Server server =
                            runtime.listen(
                                    new InetSocketAddress("localhost", 0),
                                    ServerOptions.DEFAULT.withTls(serverTls),
                                    Connection::readLine);
                    Tls tls = Tls.client(TestCertificates.clientContext());
                    var options = ConnectOptions.DEFAULT.withTls(tls);
                    try (Connection client = runtime.connect("localhost", server.port(), options)) {
                        client.writeLine("hello");
                        assertNull(client.readLine());
                    }
                    var untrusting = ConnectOptions.DEFAULT.withTls(Tls.client());
                    assertThrows(
                            IOException.class,
                            () -> runtime.connect("localhost", server.port(), untrusting));
                });
        List<RecordedEvent> complete =
                RecordedFlight.named("Handshake", events).stream()
                        .filter(each -> each.getString("failure") == null)
                        .toList();
        assertEquals(2, complete.size(), () -> "" + events);
        for (RecordedEvent each : complete) {
            assertEquals("TLSv1.3", each.getString("protocol"));
            assertTrue(each.getString("cipherSuite").startsWith("TLS_"));
            assertNotNull(each.getString("remoteAddress"));
        }
        assertTrue(
                values("Handshake", "failure", events).stream()
                        .anyMatch(failure -> ("" + failure).contains("SSL")));
    }

    @Test
    void acceptFailuresAreRecorded() throws Exception {
        var driver = new FakeDriver();
        List<RecordedEvent> events;
        try (var recording = new Recording(RecordedFlight.settings())) {
            events =
                    RecordedFlight.events(
                            recording,
                            directory,
                            () -> {
                                try (var runtime =
                                        Runtime.open(RuntimeOptions.DEFAULT.withDriver(driver))) {
                                    runtime.listen(0, Connection::readLine);
                                    FakeDriver.FakeAcceptor acceptor = driver.acceptor();
                                    acceptor.fails(
                                            new ConnectionLostException("reset\u001b[31m", null));
                                    acceptor.fails(
                                            new ExhaustionException("too many open files", null));
                                    Eventually.holds(() -> acceptor.calls() > 2);
                                }
                            });
        }
        List<RecordedEvent> failures = RecordedFlight.named("AcceptFailure", events);
        assertFalse(failures.getFirst().getBoolean("pauses"));
        assertTrue(failures.getFirst().getString("failure").contains("reset\\u001b[31m"));
        assertTrue(failures.get(1).getBoolean("pauses"));
        assertTrue(failures.get(1).getString("failure").contains("too many open files"));
        assertTrue(failures.get(1).getString("localAddress").contains("7777"));
    }

    @Test
    void nothingIsRecordedUnlessTheSettingsSaySo() throws Exception {
        try (var recording = new Recording(Configuration.getConfiguration("default"))) {
            List<RecordedEvent> events =
                    record(
                            recording,
                            runtime -> {
                                Server server = runtime.listen(0, Connection::readLine);
                                runtime.connect("localhost", server.port()).close();
                                server.shutdown(Duration.ofSeconds(1));
                            });
            assertFalse(events.stream().anyMatch(event -> isOurs(event.getEventType().getName())));
        }
    }

    private static boolean isOurs(String name) {
        return name.startsWith("io.loomline.");
    }

    private List<RecordedEvent> record(Action action) throws Exception {
        try (var recording = new Recording(RecordedFlight.settings())) {
            return record(recording, action);
        }
    }

    private List<RecordedEvent> record(Recording recording, Action action) throws Exception {
        Driver driver = Kernel.chosen().newDriver();
        return RecordedFlight.events(
                recording,
                directory,
                () -> {
                    try (var runtime = Runtime.open(RuntimeOptions.DEFAULT.withDriver(driver))) {
                        action.run(runtime);
                    }
                });
    }

    private static List<String> values(String name, String field, List<RecordedEvent> events) {
        return RecordedFlight.named(name, events).stream()
                .map(event -> event.getString(field))
                .toList();
    }

    private static RecordedEvent ofTask(String event, String task, List<RecordedEvent> events) {
        return RecordedFlight.named(event, events).stream()
                .filter(each -> each.getString("name").endsWith("/" + task))
                .findFirst()
                .orElseThrow();
    }
}
