package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.task.GroupOptions.Policy;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.io.PrintStream;
import java.io.Serial;
import java.io.UncheckedIOException;
import java.nio.channels.spi.AbstractInterruptibleChannel;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future.State;
import java.util.concurrent.atomic.AtomicInteger;

/** Whatever fails, a task ends, each callback runs once, and its permit is released. */
class TaskEndTest {
    @AutoClose private final TestTree tree = TestTree.supervised();
    private final CountDownLatch mayEnd = new CountDownLatch(1);

    /** An exception each of whose words is a failure. */
    @SuppressWarnings("serial") // is not written
    private static final class Unspeakable extends RuntimeException {
        private static final long serialVersionUID = 1;

        @Override
        public String toString() {
            throw new AssertionError("has no words");
        }

        @Override
        public String getMessage() {
            throw new AssertionError("has no message");
        }

        @Override
        public synchronized Throwable getCause() {
            throw new AssertionError("has no cause");
        }

        @Override
        public StackTraceElement[] getStackTrace() {
            throw new AssertionError("has no stack");
        }

        @Override
        public void printStackTrace(PrintStream target) {
            throw new AssertionError("is not printed");
        }
    }

    /** A broken form of the exceptions into which libraries turn an interrupt. */
    private static final class Causeless extends UncheckedIOException {
        @Serial private static final long serialVersionUID = 1;

        Causeless() {
            super(new IOException("on purpose"));
        }

        @Override
        public synchronized IOException getCause() {
            throw new AssertionError("has no cause");
        }
    }

    /** A logger's stream that is broken. */
    private static final class Broken extends PrintStream {
        Broken() {
            super(System.err, true);
        }

        @Override
        public void println(String line) {
            throw new AssertionError("the log is broken");
        }

        @Override
        public void println(Object line) {
            throw new AssertionError("the log is broken");
        }
    }

    private static TaskGroup limited(TaskGroup parent, Policy policy) {
        return parent.child(GroupOptions.DEFAULT.withPolicy(policy).withLimit(1));
    }

    /** The task has ended, its callbacks have run, and the next one finds its permit. */
    private static void assertEnded(Task<?> task, AtomicInteger calls) throws Exception {
        TaskGroup group = task.group();
        TestTree.awaitTrue(task.name() + " has ended", task::isDone);
        TestTree.awaitTrue("nothing is left in its group", group::isEmpty);
        assertEquals(1, calls.get());
        if (group.isCancelled()) return;
        var ran = new CountDownLatch(1);
        Thread.ofVirtual().start(() -> group.start(ran::countDown));
        TestTree.awaitTrue("the next one has run", () -> ran.getCount() == 0);
    }

    private Task<Object> startCounted(TaskGroup group, Callable<Object> body, AtomicInteger calls) {
        Task<Object> task =
                group.start(() -> {
                    mayEnd.await();
                    return body.call();
                });
        task.onDone(_ -> calls.incrementAndGet());
        return task;
    }

    @ParameterizedTest
    @EnumSource(Policy.class)
    void failureThatHasNoWordsEndsItsTask(Policy policy) throws Exception {
        TaskGroup group = limited(tree.root(), policy);
        var calls = new AtomicInteger();
        var failure = new Unspeakable();
        Task<Object> task =
                startCounted(
                        group,
                        () -> {
                            throw failure;
                        },
                        calls);
        mayEnd.countDown();
        assertEnded(task, calls);
        assertSame(failure, assertThrows(ExecutionException.class, task::join).getCause());
        group.close();
    }

    @Test
    void cancelledTaskThatThrowsWhatHasNoCauseHasFailed() throws Exception {
        var calls = new AtomicInteger();
        Task<Void> task =
                TestTree.startParked(
                        limited(tree.root(), Policy.SUPERVISE), TaskEndTest::throwCauseless);
        task.onDone(_ -> calls.incrementAndGet());
        task.cancel();
        assertEnded(task, calls);
        assertTrue(task.exceptionNow() instanceof Causeless);
    }

    private static void throwCauseless() {
        try {
            TestTree.block();
        } catch (InterruptedException e) {
            throw new Causeless();
        }
    }

    @ParameterizedTest
    @EnumSource(Policy.class)
    void brokenLoggerEndsNoTask(Policy policy) throws Exception {
        TaskGroup group = limited(tree.root(), policy);
        var calls = new AtomicInteger();
        Task<Object> task =
                startCounted(
                        group,
                        () -> {
                            failInGroupLeftOpen();
                            throw new IOException("on purpose");
                        },
                        calls);
        task.onDone(_ -> {
            throw new IllegalStateException("on purpose");
        });
        task.onDone(_ -> calls.addAndGet(10));
        PrintStream before = System.err;
        System.setErr(new Broken());
        try {
            mayEnd.countDown();
            TestTree.awaitTrue("the group is empty", group::isEmpty);
            group.close();
        } finally {
            System.setErr(before);
        }
        assertEquals(11, calls.get());
    }

    /** Its failure is logged when the task ends. */
    private void failInGroupLeftOpen() {
        for (int i = 0; i < 3; i++) {
            Task<?> failing =
                    tree.root().open(GroupOptions.DEFAULT).start(() -> Integer.parseInt("x"));
            TestTree.awaitTrue("failed", failing::isDone);
        }
    }

    @Test
    void failureSuppressedByACancelIsLoggedByABrokenLogger() throws Exception {
        TaskGroup group = tree.group(Policy.SUPERVISE);
        Task<Void> task =
                TestTree.startParked(
                        group,
                        () -> {
                            try {
                                TestTree.block();
                            } catch (InterruptedException e) {
                                e.addSuppressed(
                                        new ExecutionException("on purpose", new Unspeakable()));
                                throw e;
                            }
                        });
        PrintStream before = System.err;
        System.setErr(new Broken());
        try {
            task.cancel();
            TestTree.awaitTrue("ended", task::isDone);
        } finally {
            System.setErr(before);
        }
        assertEquals(State.CANCELLED, task.state());
    }

    @Test
    void userChannelThatFailsOnInterruptPreventsNoCancel() throws Exception {
        TaskGroup group = tree.group(Policy.SUPERVISE);
        var channel = new StubbornChannel();
        Task<Void> stubborn = TestTree.startParked(group, channel::block);
        Task<Void> other = TestTree.blockedIn(group);
        Thread closer = Thread.ofPlatform().daemon().start(group::close);
        TestTree.awaitTrue("the other has ended", other::isDone);
        TestTree.awaitTrue("closed", () -> !closer.isAlive());
        assertTrue(stubborn.isDone());
    }

    /** A channel that fails when it is closed. */
    private static final class StubbornChannel extends AbstractInterruptibleChannel {
        void block() throws Exception {
            begin();
            try {
                TestTree.block();
            } finally {
                end(true);
            }
        }

        @Override
        protected void implCloseChannel() {
            throw new IllegalStateException("does not close");
        }
    }

    @Test
    void taskWhoseThreadCouldNotBeStartedHasEnded() throws Exception {
        TaskGroup group = limited(tree.root(), Policy.SUPERVISE);
        var calls = new AtomicInteger();
        Task<Object> task = unstartedIn(group);
        task.onDone(_ -> calls.incrementAndGet());
        task.endUnstarted();
        assertThrows(CancellationException.class, task::join);
        assertEquals(1, calls.get());
        assertTrue(group.isEmpty());
    }

    /** A task that is registered in its group. */
    private static Task<Object> unstartedIn(TaskGroup group) {
        var task = new Task<Object>(group, null, () -> 7, false);
        task.enter(group.tasks);
        return task;
    }

    @Test
    void taskWhoseThreadFailsBeforeTheBodyHasFailed() throws Exception {
        TaskGroup group = tree.group(Policy.FAIL_FAST);
        var calls = new AtomicInteger();
        Task<Object> task = unstartedIn(group);
        task.onDone(_ -> calls.incrementAndGet());
        var failure = new OutOfMemoryError("on purpose");
        task.endAfterError(failure);
        task.endAfterError(new AssertionError("too late"));
        assertSame(failure, assertThrows(ExecutionException.class, task::join).getCause());
        assertEquals(1, calls.get());
        assertTrue(group.isCancelled());
        assertSame(failure, assertThrows(ExecutionException.class, group::await).getCause());
    }

    @Test
    void failingCarrierKeepsNoPermit() throws Exception {
        var fails = new AtomicInteger(1);
        var carrier =
                new ContextCarrier() {
                    @Override
                    public <T> Callable<T> carry(Callable<T> body) {
                        if (fails.getAndDecrement() > 0) throw new AssertionError("on purpose");
                        return body;
                    }
                };
        try (TaskGroup root =
                TaskGroup.root(
                        GroupOptions.DEFAULT.withLimit(1), new ManualClock(), List.of(carrier))) {
            assertThrows(AssertionError.class, () -> root.start(() -> 7));
            assertEquals(7, root.start(() -> 7).join());
            root.await();
        }
    }

    @Test
    void bodiesThatCannotBeStartedEndTheGatherForEveryException() throws Exception {
        var started = new AtomicInteger();
        var carrier =
                new ContextCarrier() {
                    @Override
                    public <T> Callable<T> carry(Callable<T> body) {
                        if (started.incrementAndGet() == 2) throw new Unspeakable();
                        return body;
                    }
                };
        try (TaskGroup root =
                TaskGroup.root(GroupOptions.DEFAULT, new ManualClock(), List.of(carrier))) {
            Callable<Object> blocks =
                    () -> {
                        TestTree.block();
                        return "never";
                    };
            assertThrows(Unspeakable.class, () -> root.gather(List.of(blocks, blocks)));
            root.await(); // the one that was started has ended, or is about to leave
        }
    }

    @Test
    void recursionWithoutEndIsAFailureLikeAnyOther() throws Exception {
        var calls = new AtomicInteger();
        Task<Object> task =
                startCounted(
                        limited(tree.root(), Policy.SUPERVISE), () -> recurse(0).length(), calls);
        mayEnd.countDown();
        assertEnded(task, calls);
        assertTrue(task.exceptionNow() instanceof StackOverflowError);
    }

    private static String recurse(int depth) {
        return depth < 0 ? "overflown" : recurse(depth + 1) + depth;
    }
}
