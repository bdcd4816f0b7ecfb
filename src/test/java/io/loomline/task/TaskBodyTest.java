package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.EOFException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future.State;
import java.util.stream.Stream;

/** How a body ends is how its task ends, whether it was cancelled or not. */
class TaskBodyTest {
    @AutoClose private final TestTree tree = TestTree.supervised();

    private Task<Object> throwing(Throwable thrown) {
        return tree.root()
                .start(() -> {
                    throw TaskBodyTest.<RuntimeException>raise(thrown);
                });
    }

    /** Throws any exception without declaring it. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    static <X extends Throwable> RuntimeException raise(Throwable thrown) throws X {
        throw (X) thrown;
    }

    static Stream<Throwable> anything() {
        return Stream.of(
                new Exception("exception"),
                new EOFException("checked"),
                new IllegalStateException("unchecked"),
                new AssertionError("error"),
                new OutOfMemoryError("pretended"),
                new LinkageError("linkage"),
                new Throwable("throwable"),
                new InterruptedException("not by a cancel"),
                new CancellationException("not by a cancel"));
    }

    @ParameterizedTest
    @MethodSource("anything")
    void whateverTheBodyThrowsIsItsFailure(Throwable thrown) {
        Task<Object> task = throwing(thrown);
        TestTree.awaitTrue("done", task::isDone);
        assertEquals(State.FAILED, task.state());
        assertSame(thrown, task.exceptionNow());
    }

    @Test
    void endlessRecursionIsAFailure() {
        Task<Integer> task = tree.root().start(() -> deeper(1));
        TestTree.awaitTrue("done", task::isDone);
        assertTrue(task.exceptionNow() instanceof StackOverflowError);
    }

    @SuppressWarnings("InfiniteRecursion")
    private static int deeper(int depth) {
        return deeper(depth + 1) + 1;
    }

    @ParameterizedTest
    @MethodSource("policies")
    void failureWhoseDescriptionThrowsIsAFailureToo(GroupOptions.Policy policy) {
        var thrown = new IndescribableException();
        TaskGroup group = tree.group(policy);
        Task<Object> task =
                group.start(() -> {
                    throw thrown;
                });
        TestTree.awaitTrue("done", task::isDone);
        assertSame(thrown, task.exceptionNow());
        group.close();
    }

    static Stream<GroupOptions.Policy> policies() {
        return Stream.of(GroupOptions.Policy.values());
    }

    /** As exceptions of generated proxies and of half-loaded classes do. */
    private static final class IndescribableException extends Exception {
        private static final long serialVersionUID = 1;

        @Override
        public String getMessage() {
            throw new IllegalStateException("the description failed");
        }
    }

    @Test
    void interruptWithoutACancelIsAFailure() {
        Task<Void> task =
                tree.root()
                        .start(() -> {
                            Thread.currentThread().interrupt();
                            TestTree.block();
                        });
        TestTree.awaitTrue("done", task::isDone);
        assertTrue(task.exceptionNow() instanceof InterruptedException);
    }

    /** Also that of another task, which leads to that one. */
    @Test
    void bodyMaySetAHandlerOfUncaughtExceptions() throws Exception {
        Thread other = tree.blocked().thread();
        List<Task<?>> found = new CopyOnWriteArrayList<>();
        Task<Void> task =
                tree.root()
                        .start(() -> {
                            Thread self = Thread.currentThread();
                            self.setUncaughtExceptionHandler((_, _) -> {});
                            found.add(Task.current());
                            self.setUncaughtExceptionHandler(other.getUncaughtExceptionHandler());
                            found.add(Task.current());
                        });
        task.join();
        assertEquals(List.of(task, task), found);
    }

    @Test
    void cancelOfTheTaskThatTheBodyJoinsIsTheBodysFailure() {
        Task<Void> target = tree.blocked();
        Task<Void> joiner = TestTree.startParked(tree.root(), target::join);
        target.cancel();
        TestTree.awaitTrue("done", joiner::isDone);
        assertTrue(joiner.exceptionNow() instanceof CancellationException);
    }

    @Test
    void valueInSpiteOfACancelIsSuccess() throws Exception {
        Task<String> task = afterCancel(() -> "value");
        assertEquals("value", task.join());
        assertEquals(State.SUCCESS, task.state());
        assertFalse(task.isCancelled());
        assertEquals(Optional.empty(), task.cancelReason());
    }

    @Test
    void otherExceptionInSpiteOfACancelIsFailure() {
        var thrown = new IOException("from the clean-up");
        Task<Object> task =
                afterCancel(() -> {
                    throw thrown;
                });
        TestTree.awaitTrue("done", task::isDone);
        assertSame(thrown, task.exceptionNow());
        assertEquals(Optional.empty(), task.cancelReason());
    }

    /** A task that is cancelled in a wait and then runs the given code. */
    private <T> Task<T> afterCancel(Callable<T> rest) {
        var waiting = new CountDownLatch(1);
        Task<T> task =
                tree.root()
                        .start(() -> {
                            waiting.countDown();
                            assertThrows(InterruptedException.class, TestTree::block);
                            return rest.call();
                        });
        TestTree.awaitTrue("waits", () -> waiting.getCount() == 0);
        task.cancel();
        return task;
    }

    @Test
    void bodiesAndNamesMustBeThere() {
        TaskGroup root = tree.root();
        TaskBody nothing = () -> {};
        assertThrows(NullPointerException.class, () -> root.start((TaskBody) null));
        assertThrows(NullPointerException.class, () -> root.start((Callable<String>) null));
        assertThrows(NullPointerException.class, () -> root.start("name", (TaskBody) null));
        assertThrows(NullPointerException.class, () -> root.start("name", (Callable<?>) null));
        assertThrows(NullPointerException.class, () -> root.start(null, nothing));
        assertThrows(NullPointerException.class, () -> root.start(null, () -> 1));
        assertEquals(0, root.size());
    }

    @Test
    void bodyRunsOnAVirtualThreadOfItsOwn() throws Exception {
        Task<Thread> task = tree.root().start("reader", Thread::currentThread);
        Thread thread = task.join();
        assertTrue(thread.isVirtual());
        assertEquals("reader", thread.getName());
        assertEquals(thread.threadId(), task.id());
    }

    @Test
    void bodySeesItsTask() throws Exception {
        Task<Task<?>> task = tree.root().start(() -> Task.current());
        assertSame(task, task.join());
        assertSame(tree.root(), task.group());
    }

    @Test
    void thereIsNoTaskOutsideOfBodies() {
        var e = assertThrows(IllegalStateException.class, Task::current);
        assertTrue(e.getMessage().contains(Thread.currentThread().getName()), e.getMessage());
        assertThrows(
                IllegalStateException.class,
                () -> tree.deadline(java.time.Duration.ofDays(1)).call(Task::current));
    }

    @Test
    void taskIsCalledByItsNameOrItsId() {
        Task<Void> named = tree.root().start("reader", () -> {});
        Task<Void> unnamed = tree.root().start(() -> {});
        assertEquals("reader", named.name());
        assertEquals("task-" + unnamed.id(), unnamed.name());
        TestTree.awaitTrue("done", named::isDone);
        assertEquals("root/reader SUCCESS", named.toString());
    }
}
