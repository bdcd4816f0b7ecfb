package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;

/** Deadlines on threads of all kinds. */
class DeadlineThreadTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    @AutoClose private final TestTree tree = TestTree.supervised();

    @Test
    void platformThreadIsCancelledByTheMachinesClock() {
        Deadline deadline = Deadline.after(Duration.ofMillis(2));
        assertThrows(TimeoutException.class, () -> deadline.run(TestTree::block));
        assertTrue(deadline.isExpired());
        assertFalse(Thread.currentThread().isInterrupted());
    }

    @Test
    void nestedDeadlinesOnAPlatformThreadExpireByTheSystemClock() throws Exception {
        Deadline inner = Deadline.after(Duration.ofMillis(1));
        Deadline.after(Duration.ofHours(1))
                .run(() -> {
                    assertThrows(TimeoutException.class, () -> inner.run(TestTree::block));
                    Task.checkCancelled();
                });
    }

    @Test
    void taskGoesByTheClockOfItsRuntime() throws Exception {
        Task<Boolean> task =
                tree.root().start(() -> isCut(Deadline.after(SECOND), new CountDownLatch(1)));
        tree.clock().awaitTimers(1);
        tree.clock().advance(SECOND);
        assertTrue(task.join());
    }

    private static boolean isCut(Deadline deadline, CountDownLatch inside)
            throws InterruptedException {
        try {
            deadline.run(() -> {
                inside.countDown();
                TestTree.block();
            });
            return false;
        } catch (TimeoutException e) {
            return true;
        }
    }

    @Test
    void oneDeadlineCutsTheThreadsOfAllKindsThatAreInside() throws Exception {
        Deadline deadline = tree.deadline(SECOND);
        var inside = new CountDownLatch(3);
        var virtual = new FutureTask<>(() -> isCut(deadline, inside));
        var platform = new FutureTask<>(() -> isCut(deadline, inside));
        Thread.startVirtualThread(virtual);
        Thread.ofPlatform().daemon().start(platform);
        Task<Boolean> task = tree.root().start(() -> isCut(deadline, inside));
        inside.await();
        assertEquals(1, tree.clock().timers(), "one timer for all");
        tree.clock().advance(SECOND);
        assertTrue(virtual.get());
        assertTrue(platform.get());
        assertTrue(task.join());
    }

    @Test
    void threadStartedInATaskHasNothingOfTheTask() throws Exception {
        tree.root()
                .start(() -> {
                    Task.current().cancel();
                    var other = new FutureTask<>(DeadlineThreadTest::isOnItsOwn);
                    Thread.startVirtualThread(other);
                    TestTree.awaitTrue("done", other::isDone);
                    assertTrue(other.resultNow());
                })
                .join();
    }

    private static boolean isOnItsOwn() throws InterruptedException {
        assertThrows(IllegalStateException.class, Task::current);
        Task.checkCancelled();
        return true;
    }

    @Test
    void threadForkedInATaskIsNotTheTask() throws Exception {
        tree.root()
                .start(() -> {
                    boolean own = (boolean) forkAndJoin(DeadlineThreadTest::isOnItsOwn);
                    assertTrue(own);
                })
                .join();
    }

    @Test
    void deadlineOfAForkedThreadCutsTheForkAndNotTheTask() throws Exception {
        tree.root()
                .start(() -> {
                    Deadline over = tree.deadline(Duration.ZERO);
                    boolean cut = (boolean) forkAndJoin(() -> isCut(over, new CountDownLatch(1)));
                    assertTrue(cut);
                    assertFalse(Thread.currentThread().isInterrupted());
                    Task.checkCancelled();
                })
                .join();
    }

    private static boolean isOnItsOwnAfter(Deadline deadline) throws Exception {
        deadline.run(() -> {});
        return isOnItsOwn();
    }

    @Test
    void scopesOfATaskAndOfItsForkAreLeftEachInItsOwnOrder() throws Exception {
        tree.root()
                .start(() -> {
                    Task<?> self = Task.current();
                    Deadline outer = tree.deadline(SECOND);
                    Deadline inFork = tree.deadline(SECOND);
                    outer.<Exception>run(() -> forkAndJoin(() -> isOnItsOwnAfter(inFork)));
                    assertSame(self, Task.current());
                    tree.clock().advance(SECOND);
                    Task.checkCancelled();
                })
                .join();
    }

    @Test
    void groupThatAForkOpensIsNoChildOfTheTask() throws Exception {
        var opened = new AtomicReference<TaskGroup>();
        tree.root()
                .start(() -> {
                    forkAndJoin(() -> {
                        opened.set(tree.root().open(GroupOptions.DEFAULT));
                        return 7;
                    });
                })
                .join();
        assertEquals(7, opened.get().start(() -> 7).join());
        opened.get().close();
    }

    /**
     * Runs the code on a thread that inherits the scoped values of this one. The JDK's structured
     * scope, which alone forks so, is a preview in this release, so the compiler does not let us
     * name it.
     */
    private static Object forkAndJoin(Callable<?> code) throws Exception {
        Class<?> type = Class.forName("java.util.concurrent.StructuredTaskScope");
        Method fork = type.getMethod("fork", Callable.class);
        Method result =
                Class.forName("java.util.concurrent.StructuredTaskScope$Subtask").getMethod("get");
        try (var scope = (AutoCloseable) type.getMethod("open").invoke(null)) {
            Object subtask = fork.invoke(scope, code);
            type.getMethod("join").invoke(scope);
            return result.invoke(subtask);
        } catch (InvocationTargetException e) {
            throw new AssertionError(e.getCause());
        }
    }
}
