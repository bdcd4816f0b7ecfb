package io.loomline.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.loomline.driver.Channel;
import io.loomline.driver.memory.MemoryPair;
import io.loomline.probe.Call;
import io.loomline.probe.Eventually;
import io.loomline.probe.Leftovers;
import io.loomline.probe.LoopbackAddress;
import io.loomline.tls.TlsPair.Kind;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;

/** The effects of a close on the channel below. */
class TlsChannelCloseTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final int BUFFER_BYTES = 4 * 1024;

    private final List<String> calls = new CopyOnWriteArrayList<>();

    /** The calls that end a channel, in order. */
    private Channel recorded(Channel below) {
        return (Channel)
                Proxy.newProxyInstance(
                        Channel.class.getClassLoader(),
                        new Class<?>[] {Channel.class},
                        (_, method, arguments) -> {
                            if (method.getReturnType() == void.class
                                    && !method.getName().startsWith("await")) {
                                calls.add(method.getName());
                            }
                            try {
                                return method.invoke(below, arguments);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        });
    }

    private TlsPair open(Kind kind) throws Exception {
        return open(kind, BUFFER_BYTES);
    }

    private TlsPair open(Kind kind, int bufferBytes) throws Exception {
        var pair = MemoryPair.open(bufferBytes, LoopbackAddress.of(1), LoopbackAddress.of(2));
        return TlsPair.secure(kind, recorded(pair.first()), pair.second());
    }

    private static void writeUntilFull(TlsChannel channel) throws IOException {
        while (channel.tryWrite(ByteBuffer.allocate(BUFFER_BYTES)) > 0) {}
    }

    private static int readToTheEnd(TlsChannel channel) throws Exception {
        var target = ByteBuffer.allocate(3_000);
        for (int sum = 0, moved; ; sum += moved) {
            moved = channel.tryRead(target.clear());
            if (moved < 0) return sum;
            if (moved == 0) channel.awaitReadable();
        }
    }

    @ParameterizedTest
    @EnumSource
    void channelBelowIsClosedOnce(Kind kind) throws Exception {
        for (int round = 0; round < 5; round++) {
            calls.clear();
            var pair = open(kind);
            List<Call<Boolean>> closing =
                    List.of(
                            Call.running(pair.first()::close),
                            Call.running(pair.first()::close),
                            Call.running(pair.first()::close));
            for (var each : closing) each.result();
            assertEquals(0, readToTheEnd(pair.second()));
            pair.second().close();
            assertEquals(List.of("close"), calls);
        }
    }

    /** What fits into no buffer is sent behind the close, and then close_notify. */
    @ParameterizedTest
    @EnumSource
    void closeSendsWhatWasTaken(Kind kind) throws Exception {
        var pair = open(kind);
        int taken = 0;
        for (int moved; (moved = pair.first().tryWrite(ByteBuffer.allocate(9_000))) > 0; ) {
            taken += moved;
        }
        pair.first().close();
        pair.first().close();
        assertEquals(taken, readToTheEnd(pair.second()));
        pair.second().close();
        Eventually.holds(() -> calls.contains("close"));
        assertEquals(List.of("close"), calls);
    }

    @ParameterizedTest
    @EnumSource
    @Tag("slow")
    void peerThatNeverReadsIsResetInTheEnd(Kind kind) throws Exception {
        var pair = open(kind);
        writeUntilFull(pair.first());
        pair.first().close();
        Eventually.holds(() -> calls.contains("close"));
        assertEquals(List.of("abort", "close"), calls);
        assertThrows(IOException.class, () -> readToTheEnd(pair.second()));
        pair.second().close();
    }

    @ParameterizedTest
    @EnumSource
    void abortEndsACloseThatWaitsForThePeer(Kind kind) throws Exception {
        var pair = open(kind);
        writeUntilFull(pair.first());
        pair.first().close();
        pair.first().abort();
        assertThrows(IOException.class, () -> readToTheEnd(pair.second()));
        pair.second().close();
        Eventually.holds(() -> calls.contains("close"));
    }

    @ParameterizedTest
    @EnumSource
    void readerOfTheClosingSideNeverSeesAnEnd(Kind kind) throws Exception {
        closeUnderAReader(kind, 10);
    }

    @ParameterizedTest
    @EnumSource
    @Tag("stress")
    void readerOfTheClosingSideNeverSeesAnEndInManyRounds(Kind kind) throws Exception {
        closeUnderAReader(kind, 1_000);
    }

    private void closeUnderAReader(Kind kind, int rounds) throws Exception {
        var random = new Random(5);
        for (int round = 0; round < rounds; round++) {
            var pair = open(kind);
            var reading = Call.of(() -> readToTheEnd(pair.first()));
            var peer =
                    Call.running(() -> {
                        readToTheEnd(pair.second());
                        pair.second().close();
                    });
            for (int i = random.nextInt(5_000); i > 0; i--) Thread.onSpinWait();
            pair.first().close();
            reading.failure(ClosedChannelException.class);
            peer.result();
        }
    }

    /** The end races the thread that sends what was left of the data. */
    @ParameterizedTest
    @EnumSource
    void endFollowsTheData(Kind kind) throws Exception {
        endBehindData(kind, 5);
    }

    @ParameterizedTest
    @EnumSource
    @Tag("stress")
    void endFollowsTheDataInManyRounds(Kind kind) throws Exception {
        endBehindData(kind, 1_000);
    }

    private void endBehindData(Kind kind, int rounds) throws Exception {
        var random = new Random(9);
        for (int round = 0; round < rounds; round++) {
            var pair = open(kind, 16);
            var reading = Call.of(() -> readToTheEnd(pair.second()));
            while (pair.first().tryWrite(ByteBuffer.allocate(1)) == 0) Thread.onSpinWait();
            for (int i = random.nextInt(10_000); i > 0; i--) Thread.onSpinWait();
            pair.first().shutdownOutput();
            assertEquals(1, reading.result());
            pair.second().close();
            pair.first().close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void closeWakesAWriter(Kind kind) throws Exception {
        var pair = open(kind);
        writeUntilFull(pair.first());
        var waiting = Call.running(pair.first()::awaitWritable).awaitIn("awaitWritable");
        pair.first().close();
        waiting.result();
        readToTheEnd(pair.second());
        pair.second().close();
    }
}
