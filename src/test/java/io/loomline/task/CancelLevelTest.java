package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Future.State;
import java.util.concurrent.TimeUnit;

/**
 * A cancel is a level: every blocking call of Loomline throws, on entry and while it waits, again
 * and again, and after each the JDK's blocking calls throw too.
 */
class CancelLevelTest {
    private static final Duration DAY = Duration.ofDays(1);

    @AutoClose private final TestTree tree = TestTree.supervised();

    /** The blocking calls; each waits until it is cancelled. */
    enum Call {
        SLEEP {
            @Override
            void make(TaskGroup busy, Task<?> endless) throws Exception {
                Task.sleep(DAY);
            }
        },
        JOIN {
            @Override
            void make(TaskGroup busy, Task<?> endless) throws Exception {
                endless.join();
            }
        },
        JOIN_WITH_TIMEOUT {
            @Override
            void make(TaskGroup busy, Task<?> endless) throws Exception {
                endless.join(DAY);
            }
        },
        GET {
            @Override
            void make(TaskGroup busy, Task<?> endless) throws Exception {
                endless.get();
            }
        },
        GET_WITH_TIMEOUT {
            @Override
            void make(TaskGroup busy, Task<?> endless) throws Exception {
                endless.get(1, TimeUnit.DAYS);
            }
        },
        AWAIT {
            @Override
            void make(TaskGroup busy, Task<?> endless) throws Exception {
                busy.await();
            }
        },
        AWAIT_WITH_TIMEOUT {
            @Override
            void make(TaskGroup busy, Task<?> endless) throws Exception {
                busy.await(DAY);
            }
        },
        GATHER_BODIES {
            @Override
            void make(TaskGroup busy, Task<?> endless) throws Exception {
                Callable<Void> body = () -> sleepForADay();
                busy.gather(List.of(body, body));
            }
        },
        GATHER_TASKS {
            @Override
            void make(TaskGroup busy, Task<?> endless) throws Exception {
                Tasks.gather(List.of(busy.start(() -> sleepForADay())));
            }
        },
        DEADLINE {
            @Override
            void make(TaskGroup busy, Task<?> endless) throws Exception {
                Deadline.after(DAY).run(TestTree::block);
            }
        };

        /** Waits until it is cancelled. */
        abstract void make(TaskGroup busy, Task<?> endless) throws Exception;

        private static Void sleepForADay() throws InterruptedException {
            Task.sleep(DAY);
            return null;
        }
    }

    @ParameterizedTest
    @EnumSource
    void callThrowsOnEntryAgainAndAgain(Call call) throws Exception {
        Task<Void> endless = tree.blocked();
        TaskGroup busy = tree.group(GroupOptions.Policy.SUPERVISE);
        TestTree.blockedIn(busy);
        tree.root()
                .start(() -> {
                    Task.current().cancel();
                    for (int i = 0; i < 3; i++) assertCut(() -> call.make(busy, endless));
                })
                .join();
        assertEquals(State.RUNNING, endless.state());
    }

    @ParameterizedTest
    @EnumSource
    void callThrowsWhileItWaits(Call call) throws Exception {
        Task<Void> endless = tree.blocked();
        TaskGroup busy = tree.group(GroupOptions.Policy.SUPERVISE);
        TestTree.blockedIn(busy);
        Task<Void> waiting =
                TestTree.startParked(
                        tree.root(),
                        () -> {
                            assertCut(() -> call.make(busy, endless));
                            assertCut(() -> call.make(busy, endless));
                        });
        waiting.cancel();
        waiting.join();
        assertEquals(State.RUNNING, endless.state());
    }

    @ParameterizedTest
    @EnumSource
    void callThrowsAgainAndAgainInAnExpiredDeadline(Call call) throws Exception {
        Task<Void> endless = tree.blocked();
        TaskGroup busy = tree.group(GroupOptions.Policy.SUPERVISE);
        TestTree.blockedIn(busy);
        tree.root()
                .start(() -> {
                    tree.deadline(Duration.ZERO)
                            .<Exception>run(() -> {
                                assertCut(() -> call.make(busy, endless));
                                assertCut(() -> call.make(busy, endless));
                            });
                    assertFalse(Thread.currentThread().isInterrupted());
                    Task.checkCancelled();
                })
                .join();
    }

    /** The call throws, the status is set, and the JDK's calls throw; which clears the status. */
    private static void assertCut(TestTree.Racer call) {
        assertThrows(InterruptedException.class, call::run);
        assertTrue(Thread.currentThread().isInterrupted());
        assertThrows(InterruptedException.class, TestTree::block);
        assertFalse(Thread.currentThread().isInterrupted());
    }

    @Test
    void checkThrowsAgainAndAgainAndSetsTheStatus() throws Exception {
        tree.root()
                .start(() -> {
                    Task.checkCancelled();
                    Task.current().cancel();
                    assertCut(Task::checkCancelled);
                    assertCut(Task::checkCancelled);
                })
                .join();
    }

    @Test
    void sleepOfNoLengthThrowsToo() throws Exception {
        tree.root()
                .start(() -> {
                    Task.sleep(Duration.ZERO);
                    Task.current().cancel();
                    assertCut(() -> Task.sleep(Duration.ZERO));
                    assertCut(() -> Task.sleep(DAY.negated()));
                })
                .join();
    }

    @Test
    void cancelOfTheGroupIsSeenLikeOnesOwn() throws Exception {
        TaskGroup group = tree.group(GroupOptions.Policy.SUPERVISE);
        Task<Void> task =
                TestTree.startParked(
                        group,
                        () -> {
                            assertCut(() -> Task.sleep(DAY));
                            assertCut(() -> Task.sleep(DAY));
                        });
        group.cancel();
        task.join();
    }

    @Test
    void interruptOutsideOfTasksIsSeenOnce() throws Exception {
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, Task::checkCancelled);
        assertFalse(Thread.currentThread().isInterrupted());
        Task.checkCancelled();
    }
}
