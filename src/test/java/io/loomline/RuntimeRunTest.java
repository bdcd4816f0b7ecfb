package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.Call;
import io.loomline.probe.CapturedLog;
import io.loomline.probe.Leftovers;
import io.loomline.task.Task;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** A program in one call: its result, its failure, and nothing left of it. */
class RuntimeRunTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    @Test
    void resultOfTheMainTaskIsReturned() throws Exception {
        assertEquals("main", Runtime.run(runtime -> Task.current().name()));
        assertNull(Runtime.<Object>run(runtime -> null));
    }

    /** A block without a result, a method without one, an expression with one. */
    @Test
    void mainTaskNeedsNoResult() throws Exception {
        var runs = new AtomicInteger();
        Runtime.run(runtime -> {
            runs.incrementAndGet();
        });
        Runtime.run(RuntimeRunTest::await);
        Runtime.run(runtime -> runtime.start(runs::incrementAndGet).join());
        assertEquals(2, runs.get());
    }

    private static void await(Runtime runtime) throws InterruptedException {
        Task.checkCancelled();
        assertEquals("main", Task.current().name(), runtime::toString);
    }

    @Test
    void exceptionOfTheMainTaskIsThrownAsItIs() {
        for (Exception thrown :
                List.of(
                        new IOException("checked"),
                        new IllegalStateException("unchecked"),
                        new ExecutionException("looks like ours", null),
                        new CancellationException("looks like ours"))) {
            try (var log = new CapturedLog()) {
                var e =
                        assertThrows(
                                Exception.class,
                                () ->
                                        Runtime.run(runtime -> {
                                            throw thrown;
                                        }));
                assertSame(thrown, e);
                assertEquals(List.of(), log.lines(""));
            }
        }
    }

    @Test
    void errorOfTheMainTaskIsThrownAsItIs() {
        var thrown = new AssertionError("an error");
        var e =
                assertThrows(
                        AssertionError.class,
                        () ->
                                Runtime.run(runtime -> {
                                    throw thrown;
                                }));
        assertSame(thrown, e);
    }

    @Test
    void whatMainLeftRunningIsCancelledAndAwaited() throws Exception {
        var started = new CountDownLatch(1);
        var cleanedUp = new AtomicBoolean();
        Runtime.run(runtime -> {
            runtime.start(() -> {
                started.countDown();
                try {
                    new CountDownLatch(1).await();
                } finally {
                    cleanedUp.set(true);
                }
            });
            started.await();
            return null;
        });
        assertTrue(cleanedUp.get());
    }

    @Test
    void runtimeIsClosedAfterwards() throws Exception {
        var kept = new AtomicReference<Runtime>();
        Runtime.run(runtime -> {
            kept.set(runtime);
            return null;
        });
        assertThrows(IllegalStateException.class, () -> kept.get().start(() -> "too late"));
    }

    @Test
    void cancelOfTheCallerCancelsTheMainTaskAndWaitsForIt() throws Exception {
        var cleanedUp = new AtomicBoolean();
        var call = Call.of(() -> Runtime.run(runtime -> waitAndCleanUp(cleanedUp)));
        assertTrue(call.cutIn("awaitEnd"));
        assertTrue(cleanedUp.get());
    }

    private static String waitAndCleanUp(AtomicBoolean cleanedUp) throws InterruptedException {
        try {
            new CountDownLatch(1).await();
            return "never";
        } finally {
            cleanedUp.set(true);
        }
    }

    @Test
    void mainThatCancelsItselfEndsAsCancelled() {
        assertThrows(
                CancellationException.class,
                () ->
                        Runtime.run(runtime -> {
                            Task.current().cancel("of its own accord");
                            Task.checkCancelled();
                            return "never";
                        }));
    }
}
