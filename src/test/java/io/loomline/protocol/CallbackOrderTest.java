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

/** Which callbacks come, in which order, and on which thread. */
class CallbackOrderTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final List<String> ALL =
            List.of("connected", "received", "inputEnded", "disconnected");

    private final Recorder recorder = new Recorder();

    @ParameterizedTest
    @EnumSource(Medium.class)
    void conversationIsToldFromItsBeginningToItsEnd(Medium medium) throws Exception {
        try (var conversing = Conversing.over(medium, recorder)) {
            conversing.peer().write("over and out");
            conversing.peer().shutdownOutput();
            assertNull(conversing.end(recorder));
            assertEquals(ALL, recorder.events);
            assertEquals("over and out", recorder.text());
            assertNull(conversing.peer().readLine());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9})
    void piecesOfAnySizeComeInOrder(int chunkBytes) throws Exception {
        String script = "the quick brown fox jumps over the lazy dog ".repeat(20);
        try (var conversing = Conversing.over(Medium.TCP, recorder)) {
            for (int i = 0; i < script.length(); i += chunkBytes) {
                conversing
                        .peer()
                        .write(script.substring(i, Math.min(script.length(), i + chunkBytes)));
                conversing.peer().flush();
            }
            conversing.peer().shutdownOutput();
            assertNull(conversing.end(recorder));
            assertEquals(script, recorder.text());
            assertEquals(ALL, recorder.events);
        }
    }

    @Test
    void peerThatComesAndGoesIsConnectedAndDisconnected() throws Exception {
        try (var conversing = Conversing.over(Medium.TCP, recorder)) {
            conversing.peer().close();
            assertNull(conversing.end(recorder));
            assertEquals(List.of("connected", "inputEnded", "disconnected"), recorder.events);
        }
    }

    @Test
    void connectionThatIsLostIsToldWhy() throws Exception {
        try (var conversing = Conversing.over(Medium.TCP, recorder)) {
            recorder.transport();
            conversing.peer().abort();
            assertInstanceOf(IOException.class, conversing.end(recorder));
            assertEquals(List.of("connected", "disconnected"), recorder.events);
        }
    }

    @Test
    void allCallbacksRunOnTheThreadOfTheConnection() throws Exception {
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        Recorder.Deed note = _ -> threads.add(Thread.currentThread());
        recorder.onConnected = note;
        recorder.onReceived =
                transport -> {
                    note.with(transport);
                    transport.close();
                };
        try (var conversing = Conversing.over(Medium.TCP, recorder)) {
            conversing.peer().write("x");
            conversing.end(recorder);
        }
        assertEquals(1, threads.size());
        assertTrue(threads.iterator().next().isVirtual());
    }

    @Test
    void inputThatEndedLeavesTheOutputToAProtocolThatKeepsIt() throws Exception {
        recorder.onInputEnded = transport -> transport.write(Recorder.bytes("still here\n"));
        try (var conversing = Conversing.over(Medium.TCP, recorder)) {
            conversing.peer().shutdownOutput();
            assertEquals("still here", conversing.peer().readLine());
            recorder.transport().write(Recorder.bytes("and here\n"));
            assertEquals("and here", conversing.peer().readLine());
            recorder.transport().close();
            assertNull(conversing.end(recorder));
        }
    }

    @Test
    void protocolThatOverridesNothingClosesWhenTheInputEnds() throws Exception {
        try (var conversing = Conversing.over(Medium.TCP, new Protocol() {})) {
            conversing.peer().write("nobody listens");
            conversing.peer().shutdownOutput();
            conversing.call().awaitEnd();
            assertNull(conversing.peer().readLine());
        }
    }

    @Test
    void cancelOfTheTaskIsToldAndThrown() throws Exception {
        try (var conversing = Conversing.over(Medium.TCP, recorder)) {
            recorder.transport();
            conversing.call().cancel();
            assertTrue(conversing.call().wasCancelled());
            assertInstanceOf(InterruptedException.class, conversing.end(recorder));
        }
    }

    @Test
    void bytesAreTheProtocolsOwn() throws Exception {
        var kept = new Keeper();
        try (var conversing = Conversing.over(Medium.TCP, kept)) {
            conversing.peer().write("first");
            kept.awaitText("first");
            conversing.peer().write("second");
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
