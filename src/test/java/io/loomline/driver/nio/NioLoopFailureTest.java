package io.loomline.driver.nio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.driver.carrier.CarrierControl;
import io.loomline.probe.CapturedLog;
import io.loomline.probe.Eventually;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** A loop whose work for one channel fails, with a second channel that must not be affected. */
class NioLoopFailureTest {
    private static final int ROUNDS = 5;

    private final CapturedLog log = new CapturedLog();
    private NioLoop loop;
    private Pipe failing;
    private Pipe working;
    private NioKey reader;

    @BeforeEach
    void open() throws IOException {
        loop = new NioLoop(0, CarrierControl.fixed());
        failing = Pipe.open();
        working = Pipe.open();
        for (Pipe each : new Pipe[] {failing, working}) each.source().configureBlocking(false);
        reader = NioKey.register(loop, working.source(), SelectionKey.OP_READ, 0);
        loop.start();
    }

    @AfterEach
    void close() throws IOException {
        loop.close();
        log.close();
        for (Pipe each : new Pipe[] {failing, working}) {
            each.sink().close();
            each.source().close();
        }
    }

    static Stream<Throwable> failures() {
        return Stream.of(
                new IllegalStateException("a failure for the test"),
                new OutOfMemoryError("a failure for the test"),
                new NoClassDefFoundError("a failure for the test"),
                new StackOverflowError("a failure for the test"));
    }

    /** Registers a channel that stays ready and whose attachment always fails. */
    private AtomicInteger failAlways(Throwable failure) throws IOException {
        var calls = new AtomicInteger();
        var attachment =
                new NioLoop.Attachment() {
                    @Override
                    public void onReady(int readyOps) {
                        calls.incrementAndGet();
                        if (failure instanceof Error error) throw error;
                        throw (RuntimeException) failure;
                    }

                    @Override
                    public void wakeAll() {}

                    @Override
                    public void resync() {}
                };
        loop.register(failing.source(), attachment).interestOpsOr(SelectionKey.OP_READ);
        failing.sink().write(ByteBuffer.allocate(1));
        loop.nudge();
        return calls;
    }

    @ParameterizedTest
    @MethodSource("failures")
    void otherChannelIsServedAndTheLogIsLimited(Throwable failure) throws Exception {
        AtomicInteger calls = failAlways(failure);
        for (int round = 1; round <= ROUNDS; round++) {
            int before = calls.get();
            Eventually.holds(() -> calls.get() > before);
            working.sink().write(ByteBuffer.allocate(1));
            var target = ByteBuffer.allocate(1);
            while (working.source().read(target) == 0) reader.awaitInput();
            assertEquals(1, target.position());
        }
        int lines = log.lines("loomline-nio-0 failed and continues").size();
        assertTrue(lines > 0 && lines < calls.get(), () -> lines + " lines");
    }
}
