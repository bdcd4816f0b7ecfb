package io.loomline.protocol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.Eventually;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Medium;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.util.List;

/** Close and abort of a transport, in callbacks and by other threads. */
class TransportCloseTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final int ROUNDS = 200;

    private final Recorder recorder = new Recorder();

    @ParameterizedTest
    @EnumSource(Medium.class)
    void closeSendsEverythingWritten(Medium medium) throws Exception {
        boolean slow = medium == Medium.ONE_BYTE || medium == Medium.LOCK_STEP;
        byte[] much = new byte[slow ? 2_000 : 800_000];
        for (int i = 0; i < much.length; i++) much[i] = (byte) i;
        recorder.onConnected =
                transport -> {
                    transport.write(ByteBuffer.wrap(much));
                    transport.close();
                    assertTrue(transport.isClosing());
                };
        try (var driven = DrivenConnection.over(medium, recorder)) {
            assertArrayEquals(much, driven.peer().readAll(much.length));
            assertNull(driven.end(recorder));
        }
    }

    @Test
    void closeByAnotherThreadEndsTheWaitForInput() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            var recorder = new Recorder();
            try (var driven = DrivenConnection.over(Medium.MEMORY, recorder)) {
                Transport transport = recorder.transport();
                assertFalse(transport.isClosing());
                transport.close();
                transport.close();
                assertNull(driven.end(recorder));
                assertFalse(recorder.events.contains("inputEnded"), "round " + round);
            }
        }
    }

    @Test
    void nothingIsReceivedAfterAClose() throws Exception {
        recorder.onReceived = Transport::close;
        try (var driven = DrivenConnection.over(Medium.MEMORY, recorder)) {
            driven.peer().write("first");
            driven.end(recorder);
            assertEquals("first", recorder.text());
            assertThrows(IOException.class, () -> writeUntilLost(driven));
        }
    }

    private static void writeUntilLost(DrivenConnection driven) throws Exception {
        while (true) {
            driven.peer().write("more");
            driven.peer().flush();
        }
    }

    @ParameterizedTest
    @EnumSource(Medium.class)
    void abortInACallbackRunsNoCallbackAndIsNoFailure(Medium medium) throws Exception {
        recorder.onReceived =
                transport -> {
                    transport.abort();
                    assertEquals(List.of("connected", "received"), recorder.events);
                };
        try (var driven = DrivenConnection.over(medium, recorder)) {
            driven.peer().write("x");
            assertNull(driven.end(recorder));
            assertEquals(List.of("connected", "received", "disconnected"), recorder.events);
            if (medium.tellsOfAnAbort()) {
                assertThrows(IOException.class, () -> driven.peer().readAll(10));
            }
        }
    }

    @Test
    void abortByAnotherThreadEndsTheConnection() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            var recorder = new Recorder();
            try (var driven = DrivenConnection.over(Medium.MEMORY, recorder)) {
                recorder.transport()
                        .write(ByteBuffer.allocate(500_000)); // more than the buffers hold
                recorder.transport().abort();
                recorder.transport().abort();
                assertNull(driven.end(recorder));
            }
        }
    }

    @Test
    void writesAfterTheEndAreDropped() throws Exception {
        recorder.onConnected = Transport::close;
        try (var driven = DrivenConnection.over(Medium.TCP, recorder)) {
            driven.end(recorder);
            ByteBuffer late = Recorder.bytes("late");
            recorder.transport().write(late);
            assertFalse(late.hasRemaining());
            recorder.transport().pauseReading();
            recorder.transport().resumeReading();
            recorder.transport().close();
            recorder.transport().abort();
            assertNull(driven.peer().readLine());
        }
    }

    @Test
    void retainedTransportDoesNotRetainTheProtocol() throws Exception {
        var recorder = new Recorder();
        var reference = new WeakReference<>(recorder);
        try (var driven = DrivenConnection.over(Medium.TCP, recorder)) {
            Transport kept = recorder.transport();
            kept.close();
            driven.end(recorder);
            recorder = null;
            Eventually.holds(() -> {
                System.gc();
                return reference.refersTo(null);
            });
            assertTrue(kept.isClosing());
        }
    }
}
