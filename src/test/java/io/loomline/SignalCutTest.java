package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.concurrent.Threads;
import io.loomline.probe.Call;
import io.loomline.server.Server;
import io.loomline.server.ShutdownOptions;
import io.loomline.task.Task;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

/** A signal at the end of the main task: its drain either does not begin, or is waited for. */
class SignalCutTest {
    private static final Signals.Signal TERM = new Signals.Signal("SIGTERM", 143);
    private static final ShutdownOptions GRACE = ShutdownOptions.within(Duration.ofSeconds(1));

    private static SignalCut.Program program(Task<?> main, Runnable drain) {
        return new SignalCut.Program(
                main,
                () -> {
                    drain.run();
                    return List.<Server>of();
                },
                GRACE);
    }

    @Test
    void signalAfterTheEndOfMainHasNoEffect() throws Exception {
        var drained = new AtomicBoolean();
        try (var runtime = Runtime.open();
                var cut = new SignalCut()) {
            Task<Void> main = runtime.start(() -> {});
            cut.started(program(main, () -> drained.set(true)));
            main.join();
            cut.ask(TERM);
            cut.awaitDrain();
            cut.exitIfCut(new IllegalStateException("a failure of main"));
        }
        assertFalse(drained.get());
    }

    @Test
    void endOfMainWaitsForADrainThatHasBegun() throws Exception {
        var begun = new CountDownLatch(1);
        var released = new CompletableFuture<Void>();
        try (var runtime = Runtime.open();
                var cut = new SignalCut()) {
            var mainEnds = new CountDownLatch(1);
            Task<Void> main = runtime.start(() -> mainEnds.await());
            cut.started(
                    program(
                            main,
                            () -> {
                                begun.countDown();
                                released.join();
                            }));
            var ask = Call.running(() -> cut.ask(TERM));
            begun.await();
            mainEnds.countDown();
            main.join();
            var wait = Call.running(cut::awaitDrain).awaitIn("awaitDrain");
            assertFalse(wait.isDone());
            released.complete(null);
            assertTrue(wait.result());
            assertTrue(ask.result());
        }
    }

    /** The signal and the end of main come at the same moment. */
    @Test
    @Tag("stress")
    void drainIsNeverCutByTheEndOfMain() throws Exception {
        int lost = 0;
        try (var runtime = Runtime.open()) {
            for (int i = 0; i < 20_000; i++) {
                if (!endsInOrder(runtime)) lost++;
            }
        }
        assertEquals(0, lost);
    }

    private static boolean endsInOrder(Runtime runtime) throws Exception {
        var begun = new AtomicBoolean();
        var ends = new AtomicBoolean();
        Task<Void> main =
                runtime.start(() -> {
                    while (!ends.get()) Thread.onSpinWait();
                });
        try (var cut = new SignalCut()) {
            cut.started(program(main, () -> begun.set(true)));
            Thread signal =
                    Threads.daemon(
                            "signal",
                            () -> {
                                ends.set(true);
                                cut.ask(TERM);
                            });
            signal.start();
            while (!main.isDone()) Thread.onSpinWait();
            cut.awaitDrain();
            boolean wasBegun = begun.get();
            signal.join();
            return wasBegun == begun.get();
        }
    }
}
