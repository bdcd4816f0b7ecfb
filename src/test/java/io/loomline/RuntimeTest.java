package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.CapturedLog;
import io.loomline.probe.Leftovers;
import io.loomline.server.Server;
import io.loomline.task.Task;
import io.loomline.task.TaskBody;
import io.loomline.task.TaskGroup;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** The root of the tree: waiting for what was started in it, and ending it. */
class RuntimeTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private final Runtime runtime = Runtime.open();

    @AfterEach
    void close() {
        runtime.close();
    }

    private static void waitForEver() throws InterruptedException {
        new CountDownLatch(1).await();
    }

    @Test
    void awaitReturnsWhenNoTaskIsLeft() throws Exception {
        var goOn = new CountDownLatch(1);
        var ended = new AtomicInteger();
        for (int i = 0; i < 5; i++) {
            runtime.start(() -> {
                goOn.await();
                ended.incrementAndGet();
            });
        }
        var waiting = Call.running(runtime::await).awaitIn("awaitEmpty");
        goOn.countDown();
        waiting.result();
        assertEquals(5, ended.get());
        runtime.await();
    }

    @Test
    void awaitWaitsForGroupsAndServersToo() throws Exception {
        TaskGroup group = runtime.group();
        Server server = runtime.listen(0, Connection::readLine);
        Task<Void> task = group.start(RuntimeTest::waitForEver);
        var waiting = Call.running(runtime::await).awaitIn("awaitEmpty");
        server.close();
        assertFalse(waiting.isDone());
        task.cancel();
        waiting.result();
    }

    @Test
    void awaitIsCutByACancelAndCancelsNothing() throws Exception {
        Task<Void> task = runtime.start(RuntimeTest::waitForEver);
        assertTrue(Call.running(runtime::await).cutIn("awaitEmpty"));
        assertFalse(task.isDone());
    }

    @Test
    void awaitAndCloseAreRefusedToATaskOfTheRuntime() throws Exception {
        runtime.start(() -> assertThrows(IllegalStateException.class, runtime::await)).join();
        runtime.start(() -> assertThrows(IllegalStateException.class, runtime::close)).join();
        Server server = runtime.listen(0, connection -> connection.writeLine("still open"));
        try (Connection connection = runtime.connect("localhost", server.port())) {
            assertEquals("still open", connection.readLine());
        }
    }

    @Test
    void closeCancelsWhatRunsAndWaitsForIt() throws Exception {
        var started = new CountDownLatch(10);
        var cleanedUp = new AtomicInteger();
        TaskGroup group = runtime.group();
        for (int i = 0; i < 10; i++) {
            group.start(() -> {
                started.countDown();
                try {
                    waitForEver();
                } finally {
                    cleanedUp.incrementAndGet();
                }
            });
        }
        started.await();
        runtime.close();
        assertEquals(10, cleanedUp.get());
        assertEquals(0, group.size());
    }

    @Test
    void closeIsIdempotentAndEveryOneOfThemWaits() throws Exception {
        var goOn = new CountDownLatch(1);
        Task<Void> stubborn =
                runtime.start(() -> {
                    while (goOn.getCount() > 0) Thread.onSpinWait();
                });
        var one = Call.running(runtime::close).awaitIn("close");
        var other = Call.running(runtime::close).awaitIn("close");
        assertFalse(one.isDone() || other.isDone() || stubborn.isDone());
        goOn.countDown();
        one.result();
        other.result();
        runtime.close();
    }

    @Test
    void closeGoesOnWhenItsCallerIsCancelled() throws Exception {
        var goOn = new CountDownLatch(1);
        var interruptSeen = new AtomicBoolean();
        runtime.start(() -> {
            while (goOn.getCount() > 0) Thread.onSpinWait();
        });
        var closing =
                Call.running(() -> {
                    runtime.close();
                    interruptSeen.set(Thread.currentThread().isInterrupted());
                });
        closing.awaitIn("close").cancel();
        assertFalse(closing.isDone());
        goOn.countDown();
        closing.awaitEnd();
        assertTrue(interruptSeen.get());
    }

    @Test
    void nothingIsStartedInAClosedRuntime() {
        runtime.close();
        var ran = new AtomicBoolean();
        assertThrows(IllegalStateException.class, () -> runtime.start(() -> ran.set(true)));
        assertThrows(IllegalStateException.class, () -> runtime.start("name", () -> "value"));
        var e = assertThrows(IllegalStateException.class, runtime::group);
        assertTrue(e.getMessage().contains("'runtime' is closed"), e::toString);
        assertFalse(ran.get());
    }

    @Test
    void failureThatNobodyAskedForIsLoggedByTheClose() throws Exception {
        try (var log = new CapturedLog()) {
            Task<Void> failing =
                    runtime.start(
                            "failing",
                            () -> {
                                throw new IllegalStateException("nobody asks for this");
                            });
            runtime.await();
            assertTrue(failing.isDone());
            runtime.close();
            runtime.close();
            List<String> lines = log.lines("failing");
            assertEquals(1, lines.size(), lines::toString);
        }
    }

    @Test
    void missingBodyIsRefused() {
        assertThrows(NullPointerException.class, () -> runtime.start((TaskBody) null));
        assertThrows(NullPointerException.class, () -> runtime.start(null, () -> "value"));
        assertThrows(NullPointerException.class, () -> runtime.group(null));
        assertThrows(NullPointerException.class, () -> Runtime.open(null));
        assertThrows(NullPointerException.class, () -> Runtime.run(null));
    }

    @Test
    void toStringNamesTheRuntime() {
        try (Runtime other = Runtime.open(RuntimeOptions.DEFAULT.withName("shop"))) {
            assertTrue(other.toString().contains("shop"), other::toString);
        }
    }
}
