package io.loomline.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.loomline.Drivers;
import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.net.Connection;
import io.loomline.probe.CapturedLog;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Medium;
import io.loomline.stream.LineFormat;
import io.loomline.task.Task;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** A throwing callback ends its own connection only. */
class CallbackFailureTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private final IllegalStateException failure = new IllegalStateException("on purpose");
    private final Recorder recorder = new Recorder();

    private void fail(Transport transport) {
        transport.write(Recorder.bytes("goodbye\n"));
        throw failure;
    }

    @ParameterizedTest
    @ValueSource(strings = {"connected", "received", "inputEnded"})
    void failureIsPassedToDisconnectedAndLoggedOnce(String where) throws Exception {
        switch (where) {
            case "connected" -> recorder.onConnected = this::fail;
            case "received" -> recorder.onReceived = this::fail;
            default -> recorder.onInputEnded = this::fail;
        }
        try (var log = new CapturedLog();
                var driven = DrivenConnection.over(Medium.TCP, recorder)) {
            driven.link().feed("x");
            assertSame(failure, driven.end(recorder));
            assertEquals("goodbye", driven.peer().readLine());
            assertEquals(1, log.lines("a callback for the connection").size());
        }
    }

    @Test
    void failureInDisconnectedIsLogged() throws Exception {
        var protocol =
                new Protocol() {
                    @Override
                    public void disconnected(Throwable cause) {
                        throw failure;
                    }
                };
        try (var log = new CapturedLog();
                var driven = DrivenConnection.over(Medium.TCP, protocol)) {
            driven.peer().close();
            driven.call().awaitEnd();
            assertEquals(1, log.lines("disconnected() for the connection").size());
        }
    }

    @Test
    void textOfThePeerIsEscapedInTheLog() throws Exception {
        recorder.onReceived =
                _ -> {
                    throw new NumberFormatException("For input string: \"\u001b[2J\"");
                };
        try (var log = new CapturedLog();
                var driven = DrivenConnection.over(Medium.MEMORY, recorder)) {
            driven.peer().write("x");
            driven.end(recorder);
            assertEquals(1, log.lines("\\u001b[2J").size());
            assertEquals(0, log.lines("\u001b").size());
        }
    }

    /** Echoes its input, and throws for an exclamation mark. */
    private static final class Echo implements Protocol {
        private Transport transport;

        @Override
        public void connected(Transport transport) {
            this.transport = transport;
        }

        @Override
        public void received(ByteBuffer bytes) {
            if (bytes.get(bytes.position()) == '!') throw new IllegalStateException("on purpose");
            transport.write(bytes);
        }
    }

    @Test
    void failureOfOneConnectionLeavesOthersAlone() throws Exception {
        try (var log = new CapturedLog();
                var runtime = Runtime.open()) {
            var server = runtime.listen(0, Protocols.handler(Echo::new));
            try (Connection other = runtime.connect("localhost", server.port());
                    Connection failing = runtime.connect("localhost", server.port())) {
                failing.write("!");
                failing.readLine();
                other.writeLine("alive");
                assertEquals("alive", other.readLine());
            }
            assertEquals(1, log.lines("a callback for the connection").size());
        }
    }

    @Test
    @Tag("slow")
    void tenThousandProtocolsAtOnce() throws Exception {
        try (var runtime = Runtime.open(RuntimeOptions.DEFAULT.withDriver(Drivers.memory()))) {
            var server = runtime.listen(0, Protocols.handler(Echo::new));
            List<Connection> connections = new ArrayList<>();
            for (int i = 0; i < 10_000; i++) {
                connections.add(runtime.connect("localhost", server.port()));
            }
            List<Task<String>> answers = new ArrayList<>();
            for (Connection connection : connections) {
                answers.add(
                        runtime.start(() -> {
                            connection.writeLine(connection.localAddress().toString());
                            return connection.readLine();
                        }));
            }
            for (int i = 0; i < answers.size(); i++) {
                assertEquals(connections.get(i).localAddress().toString(), answers.get(i).join());
            }
            connections.forEach(Connection::close);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void truncatedOutputIsNeverEndedOrderly(boolean cancel) throws Exception {
        recorder.onReceived =
                transport -> {
                    transport.write(ByteBuffer.allocate(600_000));
                    if (!cancel) throw failure;
                };
        try (var log = new CapturedLog();
                var driven = DrivenConnection.over(Medium.MEMORY, recorder)) {
            driven.peer().write("x");
            if (cancel) {
                recorder.awaitEvent("writingPaused");
                driven.call().cancel();
            }
            driven.end(recorder);
            assertThrows(IOException.class, () -> driven.peer().readAll(1_000_000));
            assertEquals(cancel ? 0 : 1, log.lines("a callback for the connection").size());
        }
    }

    @Test
    void failureOfLineFormatAbortsTheConnection() throws Exception {
        class Formless extends Recorder implements LineProtocol {
            @Override
            public LineFormat lineFormat() {
                throw failure;
            }

            @Override
            public void lineReceived(String line) {}
        }
        var formless = new Formless();
        try (var driven = DrivenConnection.over(Medium.TCP, formless)) {
            assertSame(failure, driven.call().failure(IllegalStateException.class));
            assertEquals(List.of(), formless.events);
            assertThrows(IOException.class, () -> driven.peer().readLine());
        }
    }
}
