package io.loomline.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.Leftovers;
import io.loomline.probe.Medium;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** The order and the thread of callbacks. */
class CallbackOrderTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final List<String> ALL =
            List.of("connected", "received", "inputEnded", "disconnected");

    private final Recorder recorder = new Recorder();

    @ParameterizedTest
    @EnumSource(Medium.class)
    void callbacksRunInOrder(Medium medium) throws Exception {
        try (var driven = DrivenConnection.over(medium, recorder)) {
            driven.peer().write("over and out");
            driven.peer().shutdownOutput();
            assertNull(driven.end(recorder));
            assertEquals(ALL, recorder.events);
            assertEquals("over and out", recorder.text());
            assertNull(driven.peer().readLine());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9})
    void piecesOfAnySizeArriveInOrder(int chunkBytes) throws Exception {
        String script = "the quick brown fox jumps over the lazy dog ".repeat(20);
        try (var driven = DrivenConnection.over(Medium.TCP, recorder)) {
            for (int i = 0; i < script.length(); i += chunkBytes) {
                driven.peer().write(script.substring(i, Math.min(script.length(), i + chunkBytes)));
                driven.peer().flush();
            }
            driven.peer().shutdownOutput();
            assertNull(driven.end(recorder));
            assertEquals(script, recorder.text());
            assertEquals(ALL, recorder.events);
        }
    }

    @Test
    void peerThatConnectsAndClosesCausesNoInput() throws Exception {
        try (var driven = DrivenConnection.over(Medium.TCP, recorder)) {
            driven.peer().close();
            assertNull(driven.end(recorder));
            assertEquals(List.of("connected", "inputEnded", "disconnected"), recorder.events);
        }
    }

    @Test
    void disconnectedGetsTheCauseOfALoss() throws Exception {
        try (var driven = DrivenConnection.over(Medium.TCP, recorder)) {
            recorder.transport();
            driven.peer().abort();
            assertInstanceOf(IOException.class, driven.end(recorder));
            assertEquals(List.of("connected", "disconnected"), recorder.events);
        }
    }

    @Test
    void allCallbacksRunOnTheThreadOfTheConnection() throws Exception {
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        Recorder.Action note = _ -> threads.add(Thread.currentThread());
        recorder.onConnected = note;
        recorder.onReceived =
                transport -> {
                    note.with(transport);
                    transport.close();
                };
        try (var driven = DrivenConnection.over(Medium.TCP, recorder)) {
            driven.peer().write("x");
            driven.end(recorder);
        }
        assertEquals(1, threads.size());
        assertTrue(threads.iterator().next().isVirtual());
    }

    @Test
    void protocolMayWriteAfterTheEndOfTheInput() throws Exception {
        recorder.onInputEnded = transport -> transport.write(Recorder.bytes("still here\n"));
        try (var driven = DrivenConnection.over(Medium.TCP, recorder)) {
            driven.peer().shutdownOutput();
            assertEquals("still here", driven.peer().readLine());
            recorder.transport().write(Recorder.bytes("and here\n"));
            assertEquals("and here", driven.peer().readLine());
            recorder.transport().close();
            assertNull(driven.end(recorder));
        }
    }

    @Test
    void defaultProtocolClosesAtTheEndOfTheInput() throws Exception {
        try (var driven = DrivenConnection.over(Medium.TCP, new Protocol() {})) {
            driven.peer().write("ignored input");
            driven.peer().shutdownOutput();
            driven.call().awaitEnd();
            assertNull(driven.peer().readLine());
        }
    }

    @Test
    void cancelIsPassedToDisconnectedAndThrown() throws Exception {
        try (var driven = DrivenConnection.over(Medium.TCP, recorder)) {
            recorder.transport();
            driven.call().cancel();
            assertTrue(driven.call().wasCancelled());
            assertInstanceOf(InterruptedException.class, driven.end(recorder));
        }
    }

    @Test
    void buffersBelongToTheProtocol() throws Exception {
        var kept = new Keeper();
        try (var driven = DrivenConnection.over(Medium.TCP, kept)) {
            driven.peer().write("first");
            kept.awaitText("first");
            driven.peer().write("second");
            kept.awaitText("firstsecond");
            assertEquals(Recorder.bytes("first"), kept.buffers.getFirst());
        }
    }

    private static final class Keeper extends Recorder {
        final List<ByteBuffer> buffers = new CopyOnWriteArrayList<>();

        @Override
        public void received(ByteBuffer bytes) throws Exception {
            buffers.add(bytes);
            super.received(bytes);
        }
    }
}
