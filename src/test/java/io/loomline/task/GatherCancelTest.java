package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.CapturedLog;
import io.loomline.task.GroupOptions.Policy;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/** A caller cancelled while it gathers: all its tasks have ended when the call throws. */
class GatherCancelTest {
    private static final int ROUNDS = 200;
    private static final Duration SECOND = Duration.ofSeconds(1);

    @AutoClose private final TestTree tree = TestTree.supervised();
    private final AtomicInteger started = new AtomicInteger();
    private final AtomicInteger ended = new AtomicInteger();

    private String block() throws InterruptedException {
        started.incrementAndGet();
        try {
            TestTree.block();
            return "never";
        } finally {
            ended.incrementAndGet();
        }
    }

    private List<Callable<String>> blocked(int count) {
        return Collections.nCopies(count, this::block);
    }

    /** The two calls. */
    enum Wait {
        GATHER {
            @Override
            void run(TaskGroup group, List<Callable<String>> bodies) throws Exception {
                group.gather(bodies);
            }
        },
        SETTLE {
            @Override
            void run(TaskGroup group, List<Callable<String>> bodies) throws Exception {
                group.settle(bodies);
            }
        };

        abstract void run(TaskGroup group, List<Callable<String>> bodies) throws Exception;
    }

    private TaskGroup limited(int limit) {
        return tree.root()
                .child(GroupOptions.DEFAULT.withPolicy(Policy.SUPERVISE).withLimit(limit));
    }

    @ParameterizedTest
    @EnumSource
    void everythingIsCancelledAndJoined(Wait wait) throws Exception {
        TaskGroup group = tree.group(Policy.SUPERVISE);
        Task<Void> task = tree.root().start(() -> assertCut(wait, group, blocked(20)));
        TestTree.awaitTrue("all run", () -> started.get() == 20);
        TestTree.awaitParked(task.thread());
        task.cancel("from outside");
        task.join();
        assertFalse(group.isCancelled());
    }

    private void assertCut(Wait wait, TaskGroup group, List<Callable<String>> bodies) {
        var e = assertThrows(InterruptedException.class, () -> wait.run(group, bodies));
        assertTrue(e.getMessage().contains("from outside"), e::getMessage);
        assertEquals(started.get(), ended.get());
        assertThrows(InterruptedException.class, Task::checkCancelled);
    }

    @ParameterizedTest
    @EnumSource
    void callerThatIsCancelledBeforeStartsNothing(Wait wait) throws Exception {
        TaskGroup group = tree.group(Policy.SUPERVISE);
        Task<Void> task =
                tree.root()
                        .start(() -> {
                            Task.current().cancel("from outside");
                            assertCut(wait, group, blocked(20));
                            assertCut(wait, group, List.of());
                        });
        task.join();
        assertEquals(0, started.get());
    }

    @ParameterizedTest
    @EnumSource
    void callerThatWaitsForAPermitIsCancelledAndStartsNoFurtherBody(Wait wait) throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            started.set(0);
            ended.set(0);
            TaskGroup group = limited(2);
            Task<Void> task = tree.root().start(() -> assertCut(wait, group, blocked(50)));
            TestTree.awaitTrue("two run", () -> started.get() == 2);
            task.cancel("from outside");
            task.join();
            assertEquals(2, started.get());
            group.close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void interruptOfAThreadThatWaitsForAPermitEndsItsWait(Wait wait) {
        TaskGroup group = limited(2);
        Thread caller = Thread.currentThread();
        tree.root().start(() -> interruptWhenTwoRun(caller));
        assertThrows(InterruptedException.class, () -> wait.run(group, blocked(50)));
        assertEquals(2, started.get());
        assertEquals(2, ended.get());
        assertFalse(Thread.interrupted());
    }

    private void interruptWhenTwoRun(Thread caller) {
        TestTree.awaitTrue("two run", () -> started.get() == 2);
        TestTree.awaitParked(caller);
        caller.interrupt();
    }

    @ParameterizedTest
    @EnumSource
    void deadlineAroundItCancelsAndJoinsEverything(Wait wait) throws Exception {
        TaskGroup group = tree.group(Policy.SUPERVISE);
        Deadline deadline = tree.deadline(SECOND);
        Task<Void> advancing = tree.root().start(this::advanceWhenAllRun);
        assertThrows(
                TimeoutException.class,
                () -> deadline.<Exception>run(() -> wait.run(group, blocked(20))));
        assertEquals(20, ended.get());
        advancing.join();
    }

    private void advanceWhenAllRun() {
        TestTree.awaitTrue("all run", () -> started.get() == 20);
        tree.clock().advance(SECOND);
    }

    @ParameterizedTest
    @EnumSource
    void whatFailedMeanwhileIsSuppressedOnTheCancelAndNotLogged(Wait wait) throws Exception {
        var failure = new IOException("on purpose");
        var mayFail = new CountDownLatch(1);
        Callable<String> failing =
                () -> {
                    try {
                        mayFail.await();
                        return "never";
                    } catch (InterruptedException e) {
                        throw failure;
                    }
                };
        TaskGroup group = tree.group(Policy.SUPERVISE);
        Task<InterruptedException> task = startCut(() -> wait.run(group, List.of(failing)));
        TestTree.awaitTrue("runs", () -> group.size() == 1);
        TestTree.awaitParked(group.tasks().getFirst().thread());
        TestTree.awaitParked(task.thread());
        task.cancel();
        assertSame(failure, task.join().getSuppressed()[0].getCause());
        try (var log = new CapturedLog()) {
            group.close();
            assertEquals(0, log.errors("failed"), log::text);
        }
    }

    private Task<InterruptedException> startCut(Executable code) {
        return tree.root().start(() -> assertThrows(InterruptedException.class, code));
    }
}
