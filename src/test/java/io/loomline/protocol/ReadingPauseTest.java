package io.loomline.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.loomline.probe.Call;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Medium;
import io.loomline.stream.Limits;
import io.loomline.stream.LineFormat;
import io.loomline.stream.LineTooLongException;

import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;

/** A protocol that pauses its reading, with bytes and with bursts of lines. */
class ReadingPauseTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final int LINES = 200;

    private final Recorder recorder = new Recorder();

    @ParameterizedTest
    @EnumSource(Medium.class)
    void nothingIsReceivedWhilePaused(Medium medium) throws Exception {
        var paused = new CountDownLatch(1);
        recorder.onConnected =
                transport -> {
                    transport.pauseReading();
                    paused.countDown();
                };
        try (var driven = DrivenConnection.over(medium, recorder)) {
            paused.await();
            Transport transport = recorder.transport();
            var feeding = driven.link().feed("held back"); // blocks if the medium has no buffer
            assertEquals("", recorder.text());
            transport.resumeReading();
            assertNull(driven.end(recorder));
            assertEquals("held back", recorder.text());
            feeding.result();
        }
    }

    @Test
    void pauseAndResumeAtAnyMomentLoseNothing() throws Exception {
        String script = "abcdefghij".repeat(1_000);
        try (var driven = DrivenConnection.over(Medium.MEMORY, recorder)) {
            var feeding = driven.link().feed(script.getBytes(StandardCharsets.UTF_8), 7);
            Transport transport = recorder.transport();
            while (!recorder.disconnected.isDone()) {
                transport.pauseReading();
                for (int i = 0; i < 50; i++) Thread.onSpinWait();
                transport.resumeReading();
            }
            feeding.result();
            assertEquals(script, recorder.text());
        }
    }

    @Test
    void pauseOutlivesTheEndOfTheInput() throws Exception {
        var paused = new CountDownLatch(1);
        recorder.onReceived =
                transport -> {
                    transport.pauseReading();
                    paused.countDown();
                };
        try (var driven = DrivenConnection.over(Medium.TCP, recorder)) {
            driven.peer().write("x");
            driven.peer().shutdownOutput();
            paused.await();
            assertEquals(List.of("connected", "received"), recorder.events);
            recorder.transport().resumeReading();
            assertNull(driven.end(recorder));
        }
    }

    /** Records its lines and runs an action after each. */
    private static final class Lines extends Recorder implements LineProtocol {
        final List<String> lines = new CopyOnWriteArrayList<>();
        volatile LineFormat format = LineFormat.DEFAULT;
        volatile String delimiter = "";

        @Override
        public byte[] delimiter() {
            return delimiter.getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public LineFormat lineFormat() {
            return format;
        }

        @Override
        public void lineReceived(String line) throws Exception {
            lines.add(line);
            onReceived.with(transport());
        }
    }

    @Test
    void pauseInsideABurstOfLinesKeepsTheirOrder() throws Exception {
        var protocol = new Lines();
        protocol.onReceived =
                transport -> {
                    transport.pauseReading();
                    Thread.startVirtualThread(transport::resumeReading);
                };
        List<String> expected = IntStream.range(0, LINES).mapToObj(i -> "line " + i).toList();
        try (var driven = DrivenConnection.over(Medium.TCP, protocol)) {
            driven.peer().write(String.join("\r\n", expected));
            driven.peer().shutdownOutput();
            assertNull(driven.end(protocol));
            assertEquals(expected, protocol.lines);
        }
    }

    @Test
    void lineOverItsLimitEndsTheConnection() throws Exception {
        var protocol = new Lines();
        protocol.format = LineFormat.DEFAULT.withMaxBytes(5);
        try (var driven = DrivenConnection.over(Medium.TCP, protocol)) {
            driven.peer().write("12345\n123456\n");
            Assertions.assertInstanceOf(LineTooLongException.class, driven.end(protocol));
            assertEquals(List.of("12345"), protocol.lines);
        }
    }

    @Test
    void linesMayHaveAnyDelimiter() throws Exception {
        var protocol = new Lines();
        protocol.delimiter = "\0;";
        try (var driven = DrivenConnection.over(Medium.TCP, protocol)) {
            driven.peer().write("one\ntwo\0;\0;\u00fc\0\0;rest");
            driven.peer().shutdownOutput();
            assertNull(driven.end(protocol));
            assertEquals(List.of("one\ntwo", "", "\u00fc\0", "rest"), protocol.lines);
        }
    }

    @Test
    void limitAndCharsetApplyToAnyDelimiter() throws Exception {
        for (String bad : List.of("123456;", "\u00ff;")) {
            var protocol = new Lines();
            protocol.delimiter = ";";
            protocol.format = LineFormat.DEFAULT.withMaxBytes(5);
            try (var driven = DrivenConnection.over(Medium.TCP, protocol)) {
                driven.peer().write("12345;");
                driven.peer().write(bad.getBytes(StandardCharsets.ISO_8859_1));
                Assertions.assertInstanceOf(IOException.class, driven.end(protocol));
                assertEquals(List.of("12345"), protocol.lines);
            }
        }
    }

    @Test
    void redundantResumeDoesNotRestartTheReadTimeout() throws Exception {
        try (var link = Medium.MEMORY.open()) {
            link.here().limits(Limits.NONE.withReadTimeout(Duration.ofMillis(100)));
            var call = Call.running(() -> Protocols.run(link.here(), recorder));
            Transport transport = recorder.transport();
            while (!call.isDone()) {
                transport.resumeReading();
                Thread.onSpinWait();
            }
            Assertions.assertInstanceOf(SocketTimeoutException.class, recorder.disconnected.join());
        }
    }
}
