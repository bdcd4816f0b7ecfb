package io.loomline.protocol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.FakeChannel;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Medium;
import io.loomline.stream.Limits;
import io.loomline.task.SystemClock;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** A writer faster than its peer is paused without blocking, and ended if it ignores that. */
class WaterMarkTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final int CHUNK = 10_000;

    private final Recorder recorder = new Recorder();

    @ParameterizedTest
    @EnumSource(Medium.class)
    void writerThatPausesLosesNothingToASlowPeer(Medium medium) throws Exception {
        boolean slow = medium == Medium.ONE_BYTE || medium == Medium.LOCK_STEP;
        int total = slow ? 2 : 300;
        var writer = new Writer(total);
        try (var driven = DrivenConnection.over(medium, writer)) {
            if (medium == Medium.MEMORY) { // whose peer reads only once the writer has paused
                driven.peer().write("go on");
                writer.awaitEvent("writingPaused");
            }
            var got = new ByteArrayOutputStream();
            while (got.size() < total * CHUNK) {
                driven.peer().write("go on");
                got.write(driven.peer().read(7_777));
            }
            driven.peer().shutdownOutput();
            assertNull(driven.end(writer));
            assertArrayEquals(writer.written.toByteArray(), got.toByteArray());
        }
    }

    /** Writes sixty chunks, more than the high mark, for each input and each resume. */
    private static final class Writer extends Recorder {
        final ByteArrayOutputStream written = new ByteArrayOutputStream();

        Writer(int total) {
            var paused = new AtomicBoolean();
            var next = new AtomicInteger();
            onReceived =
                    transport -> {
                        for (int i = 0; i < 60 && !paused.get() && next.get() < total; i++) {
                            byte[] chunk = new byte[CHUNK];
                            Arrays.fill(chunk, (byte) next.getAndIncrement());
                            written.writeBytes(chunk);
                            transport.write(ByteBuffer.wrap(chunk));
                        }
                    };
            onWritingPaused = _ -> paused.set(true);
            onWritingResumed =
                    transport -> {
                        paused.set(false);
                        onReceived.with(transport);
                    };
        }
    }

    @Test
    void pauseFollowsTheWriteThatCrossedTheMark() throws Exception {
        recorder.onConnected =
                transport -> {
                    transport.write(ByteBuffer.allocate(600_000));
                    assertEquals(List.of("connected"), recorder.events);
                };
        try (var driven = DrivenConnection.over(Medium.MEMORY, recorder)) {
            recorder.awaitEvent("writingPaused");
            driven.peer().readExactly(600_000);
            recorder.awaitEvent("writingResumed");
            assertEquals(List.of("connected", "writingPaused", "writingResumed"), recorder.events);
        }
    }

    @Test
    void writeByAnotherThreadThatCrossesTheMarkEndsTheWaitForInput() throws Exception {
        try (var driven = DrivenConnection.over(Medium.MEMORY, recorder)) {
            for (int round = 0; round < 100; round++) {
                recorder.events.clear();
                recorder.transport().write(ByteBuffer.allocate(600_000));
                recorder.awaitEvent("writingPaused");
                driven.peer().readExactly(600_000);
                recorder.awaitEvent("writingResumed");
            }
        }
    }

    @Test
    void writerThatIgnoresThePauseLosesTheConnection() throws Exception {
        recorder.onConnected =
                transport -> {
                    for (int i = 0; i < 200; i++) transport.write(ByteBuffer.allocate(CHUNK));
                };
        try (var driven = DrivenConnection.over(Medium.MEMORY, recorder)) {
            Throwable cause = driven.end(recorder);
            assertInstanceOf(IOException.class, cause);
            assertTrue(cause.getMessage().contains("more than 1048576 bytes"), cause::toString);
            assertThrows(IOException.class, () -> driven.peer().readAll(10_000_000));
        }
    }

    @Test
    void writesOfSeveralThreadsStayWhole() throws Exception {
        var options = ProtocolOptions.DEFAULT.withMostUnsentBytes(100_000_000);
        try (var driven = DrivenConnection.over(Medium.TCP, recorder, options)) {
            Transport transport = recorder.transport();
            List<Thread> writers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                String line = ("" + i).repeat(5_000) + "\n";
                writers.add(
                        Thread.startVirtualThread(() -> {
                            for (int n = 0; n < 100; n++) transport.write(Recorder.bytes(line));
                        }));
            }
            for (int i = 0; i < 400; i++) {
                String line = driven.peer().readLine();
                assertEquals(5_000, line.length());
                assertEquals(1, line.chars().distinct().count());
            }
            for (Thread writer : writers) writer.join();
        }
    }

    @Test
    void peerResetWithUnsentBytesIsALoss() throws Exception {
        var options = ProtocolOptions.DEFAULT.withMostUnsentBytes(100_000_000);
        try (var driven = DrivenConnection.over(Medium.TCP, recorder, options)) {
            recorder.transport().pauseReading();
            recorder.transport().write(ByteBuffer.allocate(Medium.TCP.cloggingBytes()));
            recorder.awaitEvent("writingPaused");
            driven.peer().abort();
            assertInstanceOf(IOException.class, driven.end(recorder));
        }
    }

    @ParameterizedTest
    @CsvSource({"-1,5,9", "6,5,9", "1,10,9"})
    void inconsistentMarksAreRejected(int low, int high, int most) {
        var e =
                assertThrows(
                        IllegalArgumentException.class, () -> new ProtocolOptions(high, low, most));
        assertTrue(e.getMessage().contains("expected 0 <= low <= high <= most"), e::toString);
    }

    @Test
    void singleWriteMayExceedTheHardLimit() throws Exception {
        recorder.onConnected =
                transport -> {
                    transport.write(ByteBuffer.allocate(3_000_000));
                    transport.close();
                };
        try (var driven = DrivenConnection.over(Medium.MEMORY, recorder)) {
            assertEquals(3_000_000, driven.peer().readAll(4_000_000).length);
            assertNull(driven.end(recorder));
        }
    }

    @Test
    void peerThatNeverReadsCausesAWriteTimeout() throws Exception {
        var options = ProtocolOptions.DEFAULT.withWaterMarks(5_000, 20_000);
        try (var link = Medium.MEMORY.open()) {
            link.here().limits(Limits.NONE.withWriteTimeout(Duration.ofMillis(50)));
            recorder.onConnected = transport -> transport.write(ByteBuffer.allocate(110_000));
            var call = Call.running(() -> Protocols.run(link.here(), recorder, options));
            call.awaitEnd();
            assertInstanceOf(SocketTimeoutException.class, recorder.disconnected.join());
            assertFalse(recorder.events.contains("writingResumed"), recorder.events::toString);
        }
    }

    @Test
    void bugInTheDriverEndsTheConnection() throws Exception {
        var channel = new FakeChannel();
        channel.room(false);
        try (Connection connection = Connection.over(channel, SystemClock.INSTANCE)) {
            recorder.onConnected = transport -> transport.write(ByteBuffer.allocate(100));
            var call = Call.running(() -> Protocols.run(connection, recorder));
            recorder.awaitEvent("connected");
            channel.beforeWrite(() -> {
                throw new IllegalStateException("on purpose");
            });
            channel.room(true);
            recorder.transport().close();
            call.awaitEnd();
            Throwable cause = recorder.disconnected.join();
            assertTrue(cause.getMessage().contains("on purpose"), cause::toString);
        }
    }
}
