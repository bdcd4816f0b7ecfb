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

/** How a protocol ends its connection, from within callbacks and from outside. */
class TransportCloseTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final int ROUNDS = 200;

    private final Recorder recorder = new Recorder();

    @ParameterizedTest
    @EnumSource(Medium.class)
    void closeSendsWhatWasWritten(Medium medium) throws Exception {
        boolean slow = medium == Medium.ONE_BYTE || medium == Medium.LOCK_STEP;
        byte[] much = new byte[slow ? 2_000 : 800_000];
        for (int i = 0; i < much.length; i++) much[i] = (byte) i;
        recorder.onConnected =
                transport -> {
                    transport.write(ByteBuffer.wrap(much));
                    transport.close();
                    assertTrue(transport.isClosing());
                };
        try (var conversing = Conversing.over(medium, recorder)) {
            assertArrayEquals(much, conversing.peer().readAll(much.length));
            assertNull(conversing.end(recorder));
        }
    }

    @Test
    void closeFromOutsideEndsTheWaitForInput() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            var told = new Recorder();
            try (var conversing = Conversing.over(Medium.MEMORY, told)) {
                Transport transport = told.transport();
                assertFalse(transport.isClosing());
                transport.close();
                transport.close();
                assertNull(conversing.end(told));
                assertFalse(told.events.contains("inputEnded"), "round " + round);
            }
        }
    }

    @Test
    void nothingIsReceivedAfterAClose() throws Exception {
        recorder.onReceived = Transport::close;
        try (var conversing = Conversing.over(Medium.MEMORY, recorder)) {
            conversing.peer().write("first");
            conversing.end(recorder);
            assertEquals("first", recorder.text());
            assertThrows(IOException.class, () -> writeUntilLost(conversing));
        }
    }

    private static void writeUntilLost(Conversing conversing) throws Exception {
        while (true) {
            conversing.peer().write("more");
            conversing.peer().flush();
        }
    }

    @ParameterizedTest
    @EnumSource(Medium.class)
    void abortInACallbackIsNotReentrantAndNoFailure(Medium medium) throws Exception {
        recorder.onReceived =
                transport -> {
                    transport.abort();
                    assertEquals(List.of("connected", "received"), recorder.events);
                };
        try (var conversing = Conversing.over(medium, recorder)) {
            conversing.peer().write("x");
            assertNull(conversing.end(recorder));
            assertEquals(List.of("connected", "received", "disconnected"), recorder.events);
            if (medium.tellsOfAnAbort()) {
                assertThrows(IOException.class, () -> conversing.peer().readAll(10));
            }
        }
    }

    @Test
    void abortFromOutsideEndsEverything() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            var told = new Recorder();
            try (var conversing = Conversing.over(Medium.MEMORY, told)) {
                told.transport().write(ByteBuffer.allocate(500_000)); // clogged
                told.transport().abort();
                told.transport().abort();
                assertNull(conversing.end(told));
            }
        }
    }

    @Test
    void writesAfterTheEndAreDropped() throws Exception {
        recorder.onConnected = Transport::close;
        try (var conversing = Conversing.over(Medium.TCP, recorder)) {
            conversing.end(recorder);
            ByteBuffer late = Recorder.bytes("late");
            recorder.transport().write(late);
            assertFalse(late.hasRemaining());
            recorder.transport().pauseReading();
            recorder.transport().resumeReading();
            recorder.transport().close();
            recorder.transport().abort();
            assertNull(conversing.peer().readLine());
        }
    }

    @Test
    void transportThatSomeoneKeepsDoesNotKeepTheProtocol() throws Exception {
        var told = new Recorder();
        var reference = new WeakReference<>(told);
        try (var conversing = Conversing.over(Medium.TCP, told)) {
            Transport kept = told.transport();
            kept.close();
            conversing.end(told);
            told = null;
            Eventually.holds(() -> {
                System.gc();
                return reference.refersTo(null);
            });
            assertTrue(kept.isClosing());
        }
    }
}
