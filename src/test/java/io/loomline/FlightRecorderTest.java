package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.connect.ConnectFailedException;
import io.loomline.net.Connection;
import io.loomline.probe.Eventually;
import io.loomline.probe.Kernel;
import io.loomline.probe.Leftovers;
import io.loomline.server.Server;
import io.loomline.task.Task;

import jdk.jfr.Configuration;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
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
        RecordedEvent connect = named("Connect", events).getFirst();
        assertTrue(connect.getString("remoteAddress").contains("localhost"), () -> "" + connect);
        assertNull(connect.getString("failure"));
        assertTrue(connect.getDuration().isPositive());
        RecordedEvent accept = named("Accept", events).getFirst();
        assertTrue(accept.getString("remoteAddress").startsWith("/"), () -> "" + accept);
        assertNotNull(accept.getString("localAddress"));
        List<String> reasons = values("Close", "reason", events);
        assertTrue(reasons.contains("closed") && reasons.contains("aborted"), () -> "" + reasons);
        assertTrue(
                named("Close", events).stream()
                        .anyMatch(close -> close.getLong("bytesWritten") == "hello\n".length()));
        assertTrue(
                named("Close", events).stream()
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
        String failure = named("Connect", events).getFirst().getString("failure");
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
                named("ReadWait", events).stream()
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
                named("WriteWait", events).stream()
                        .anyMatch(wait -> wait.getBoolean("interrupted")),
                () -> named("WriteWait", events).toString());
    }

    @Test
    void waitsBelowTheThresholdAreNotRecorded() throws Exception {
        List<RecordedEvent> events = recordWaits(Duration.ofHours(1), this::cancelWrite);
        assertEquals(List.of(), named("WriteWait", events));
        assertEquals(List.of(), named("ReadWait", events));
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
        RecordedEvent drain = named("Drain", events).getFirst();
        assertEquals(Duration.ofSeconds(1), drain.getDuration("grace"));
        assertEquals(0, drain.getInt("aborted"));
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
        try (var text =
                        new InputStreamReader(
                                Runtime.class.getResourceAsStream("/META-INF/loomline.jfc"),
                                StandardCharsets.UTF_8);
                var recording = new Recording(Configuration.create(text))) {
            return record(recording, action);
        }
    }

    private List<RecordedEvent> record(Recording recording, Action action) throws Exception {
        recording.start();
        try (var runtime =
                Runtime.open(RuntimeOptions.DEFAULT.withDriver(Kernel.chosen().newDriver()))) {
            action.run(runtime);
        }
        recording.stop();
        Path file = directory.resolve("recording.jfr");
        recording.dump(file);
        return RecordingFile.readAllEvents(file);
    }

    private static List<RecordedEvent> named(String name, List<RecordedEvent> events) {
        return events.stream()
                .filter(event -> event.getEventType().getName().equals("io.loomline." + name))
                .toList();
    }

    private static List<String> values(String name, String field, List<RecordedEvent> events) {
        return named(name, events).stream().map(event -> event.getString(field)).toList();
    }

    private static RecordedEvent ofTask(String event, String task, List<RecordedEvent> events) {
        return named(event, events).stream()
                .filter(each -> each.getString("name").endsWith("/" + task))
                .findFirst()
                .orElseThrow();
    }
}
