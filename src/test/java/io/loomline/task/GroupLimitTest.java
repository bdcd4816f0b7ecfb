package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.task.GroupOptions.Policy;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future.State;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** At the limit of a group, start blocks until a permit is free: in order, and cancellably. */
class GroupLimitTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    @AutoClose private final TestTree tree = TestTree.supervised();
    private final TaskGroup group =
            tree.root().child(GroupOptions.DEFAULT.withPolicy(Policy.SUPERVISE).withLimit(1));
    private final List<Integer> ran = Collections.synchronizedList(new ArrayList<>());

    private void note(int number) {
        ran.add(number);
    }

    /** A task that starts another in the full group, and waits already. */
    private Task<Task<Void>> startWaiting(TaskBody body) {
        return startParked(tree.root(), () -> group.start(body));
    }

    private static <T> Task<T> startParked(TaskGroup in, Callable<T> body) {
        Task<T> task = in.start(body);
        TestTree.awaitParked(task.thread());
        return task;
    }

    @Test
    void startBlocksWhileTheGroupIsFull() throws Exception {
        var mayEnd = new CountDownLatch(1);
        Task<Void> first = group.start(() -> mayEnd.await());
        Task<Task<Void>> starter = startWaiting(() -> note(1));
        assertEquals(1, group.size());
        assertEquals(List.of(), ran);
        mayEnd.countDown();
        starter.join().join();
        assertEquals(List.of(1), ran);
        first.join();
    }

    @Test
    void waitingStartsAreServedInTheirOrder() throws Exception {
        Task<Void> first = TestTree.blockedIn(group);
        List<Task<Task<Void>>> starters = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            int number = i;
            starters.add(startWaiting(() -> note(number)));
        }
        first.cancelAndJoin();
        for (Task<Task<Void>> starter : starters) starter.join().join();
        assertEquals(List.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), ran);
    }

    @Test
    void permitIsReleasedHoweverATaskEnds() throws Exception {
        assertEquals("value", group.start(() -> "value").join());
        assertThrows(ExecutionException.class, group.start(() -> Integer.parseInt("x"))::join);
        assertThrows(ExecutionException.class, group.start(GroupLimitTest::overflow)::join);
        TestTree.blockedIn(group).cancelAndJoin();
        Task<Void> never = group.start(() -> Task.checkCancelled());
        never.cancel();
        TestTree.awaitTrue("ended", never::isDone);
        assertEquals("value", group.start(() -> "value").join());
    }

    private static Object overflow() {
        throw new StackOverflowError("on purpose");
    }

    @Test
    void permitIsReleasedWhenTheBodyHasEndedAndNotWhenItIsCancelled() throws Exception {
        var mayEnd = new CountDownLatch(1);
        Task<Void> first =
                TestTree.startParked(group, () -> Shield.run(MINUTE, () -> mayEnd.await()));
        first.cancel();
        Task<Task<Void>> starter = startWaiting(() -> note(1));
        assertEquals(List.of(first), group.tasks());
        mayEnd.countDown();
        starter.join().join();
    }

    @Test
    void permitIsReleasedWhenGroupsInsideAreClosed() throws Exception {
        Task<Void> first =
                group.start(() -> {
                    TaskGroup inner = tree.root().open(GroupOptions.DEFAULT);
                    TestTree.blockedIn(inner); // left to the task's own end to close
                });
        first.join();
        group.start(() -> note(1)).join();
        assertEquals(List.of(1), ran);
    }

    @Test
    void cancelledStarterGetsATaskThatNeverRuns() throws Exception {
        Task<Void> first = TestTree.blockedIn(group);
        Task<Task<Void>> starter = startParked(tree.root(), () -> startAndFindItselfCut(first));
        starter.cancel("from outside");
        Task<Void> refused = starter.join();
        assertThrows(CancellationException.class, refused::join);
        assertEquals(State.CANCELLED, refused.state());
        assertEquals(List.of(), ran);
        first.cancelAndJoin();
    }

    private Task<Void> startAndFindItselfCut(Task<Void> first) {
        Task<Void> refused = group.start(() -> note(1));
        assertThrows(InterruptedException.class, Task::checkCancelled);
        assertEquals(State.RUNNING, first.state());
        return refused;
    }

    @Test
    void refusedStartTakesAndReleasesNoPermit() throws Exception {
        Task<Void> first = TestTree.blockedIn(group);
        Task<Task<Void>> starter = startWaiting(() -> note(1));
        starter.cancel();
        TestTree.awaitTrue("refused", starter.join()::isDone);

        Task<Task<Void>> next = startWaiting(() -> note(2)); // still full

        first.cancelAndJoin();
        next.join().join();
        assertEquals(List.of(2), ran);
    }

    @Test
    void interruptedThreadStartsATaskThatNeverRunsAndKeepsItsInterrupt() {
        Task<Void> first = TestTree.blockedIn(group);
        Thread.currentThread().interrupt();
        Task<Void> refused = group.start(() -> note(1));
        assertTrue(Thread.interrupted());
        assertThrows(CancellationException.class, refused::join);
        first.cancel();
        assertEquals(List.of(), ran);
    }

    @Test
    void cancelledCallerStartsIfAPermitIsFree() throws Exception {
        Task<Task<Void>> starter =
                tree.root()
                        .start(() -> {
                            Task.current().cancel();
                            return group.start(() -> note(1));
                        });
        starter.join().join();
        assertEquals(List.of(1), ran);
    }

    @Test
    void deadlineEndsTheWaitForAPermit() throws Exception {
        Task<Void> first = TestTree.blockedIn(group);
        Task<Task<Void>> starter =
                startParked(
                        tree.root(),
                        () -> Deadline.after(MINUTE).call(() -> group.start(() -> note(1))));
        tree.clock().advance(MINUTE);
        assertThrows(CancellationException.class, starter.join()::join);
        assertEquals(List.of(), ran);
        assertFalse(first.isDone());
        first.cancelAndJoin();
    }

    @Test
    void closeRefusesAWaitingStart() throws Exception {
        TestTree.blockedIn(group);
        Task<Task<Void>> starter = startWaiting(() -> note(1));
        group.close();
        var e = assertThrows(ExecutionException.class, starter::join);
        assertSame(IllegalStateException.class, e.getCause().getClass());
        assertEquals(List.of(), ran);
    }

    @Test
    void cancelOfTheGroupEndsAWaitingStartWithATaskThatNeverRuns() throws Exception {
        TestTree.blockedIn(group);
        Task<Task<Void>> starter = startWaiting(() -> note(1));
        group.cancel("enough");
        var e = assertThrows(CancellationException.class, starter.join()::join);
        assertTrue(e.getMessage().contains("enough"), e::getMessage);
        assertEquals(List.of(), ran);
    }

    @Test
    void limitHoldsForManyConcurrentStarts() throws Exception {
        TaskGroup limited = tree.root().child(GroupOptions.DEFAULT.withLimit(3));
        var running = new AtomicInteger();
        var most = new AtomicInteger();
        try (TaskGroup starters = tree.group(Policy.FAIL_FAST)) {
            for (int i = 0; i < 20; i++) {
                starters.start(() -> startMany(limited, running, most));
            }
            starters.await();
        }
        limited.await();
        assertEquals(3, most.get());
        assertEquals(0, running.get());
    }

    private static void startMany(TaskGroup limited, AtomicInteger running, AtomicInteger most) {
        for (int i = 0; i < 50; i++) {
            limited.start(() -> {
                most.accumulateAndGet(running.incrementAndGet(), Math::max);
                LockSupport.parkNanos(1);
                running.decrementAndGet();
            });
        }
    }

    /** Visits a page and its links, four to each, in a group; the number of pages visited. */
    private static int crawl(TaskGroup pages, int depth, boolean joins) throws Exception {
        List<Task<Integer>> below = new ArrayList<>();
        for (int i = 0; depth > 0 && i < 4; i++) {
            below.add(pages.start(() -> crawl(pages, depth - 1, joins)));
        }
        int visited = 1;
        if (joins) for (Task<Integer> task : below) visited += task.join();
        return visited;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 100})
    void crawlerWhosePagesJoinTheirLinksFindsAll(int limit) throws Exception {
        TaskGroup pages = tree.root().child(GroupOptions.DEFAULT.withLimit(limit));
        assertEquals(85, pages.start(() -> crawl(pages, 3, true)).join());
        pages.await();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void crawlerWhosePagesJoinNoOtherEnds(int limit) throws Exception {
        TaskGroup pages = tree.root().child(GroupOptions.DEFAULT.withLimit(limit));
        var visited = new AtomicInteger();
        pages.start(() -> visit(pages, 3, visited));
        pages.await();
        assertEquals(85, visited.get());
    }

    private static void visit(TaskGroup pages, int depth, AtomicInteger visited) {
        visited.incrementAndGet();
        for (int i = 0; depth > 0 && i < 4; i++) {
            pages.start(() -> visit(pages, depth - 1, visited));
        }
    }

    @Test
    void tasksOfGroupsInsideDoNotWaitForAPermitOfTheGroupAround() throws Exception {
        Task<Integer> outer =
                group.start(() -> {
                    TaskGroup inner = tree.root().open(GroupOptions.DEFAULT.withLimit(1));
                    return inner.start(() -> startInBoth(group, inner)).join();
                });
        assertEquals(2, outer.join());
    }

    private static int startInBoth(TaskGroup around, TaskGroup own) throws Exception {
        return around.start(() -> 1).join() + own.start(() -> 1).join();
    }

    @Test
    void gatherOfScopesInsideDoesNotWaitForThePermitOfItsCaller() throws Exception {
        Task<Integer> outer =
                group.start(() ->
                        TaskScope.run(
                                tree.root(),
                                GroupOptions.DEFAULT.withLimit(1),
                                scope ->
                                        scope.gather(List.<Callable<Integer>>of(() -> 1, () -> 2))
                                                .size()));
        assertEquals(2, outer.join());
    }

    @Test
    void startFromInsideTakesAPermitThatIsFreeAndReleasesIt() throws Exception {
        TaskGroup two = tree.root().child(GroupOptions.DEFAULT.withLimit(2));
        var mayEnd = new CountDownLatch(1);
        var third = new CountDownLatch(1);
        Task<Void> first =
                two.start(() -> {
                    two.start(() -> mayEnd.await()); // with the second permit
                    third.countDown();
                    mayEnd.await();
                });
        third.await();
        Task<Task<Void>> fromOutside = startParked(tree.root(), () -> two.start(() -> note(1)));
        assertEquals(List.of(), ran, "full");
        mayEnd.countDown();
        fromOutside.join().join();
        first.join();
        two.await();
        two.start(() -> note(2)).join();
        assertEquals(List.of(1, 2), ran);
    }

    @Test
    void taskWithoutAPermitGivesNoneBack() throws Exception {
        var mayEnd = new CountDownLatch(1);
        Task<Void> holder =
                TestTree.startParked(
                        group,
                        () -> {
                            for (int i = 0; i < 10; i++) group.start(() -> note(0)).join();
                            mayEnd.await();
                        });
        Task<Task<Void>> fromOutside = startWaiting(() -> note(1)); // full all the same
        assertEquals(Collections.nCopies(10, 0), ran);
        mayEnd.countDown();
        fromOutside.join().join();
        holder.join();
    }

    @Test
    void callbackOnAThreadOutsideDoesNotWaitEither() throws Exception {
        Task<Integer> ended = group.start(() -> 7);
        ended.join();
        TestTree.awaitTrue("gone", group::isEmpty);
        Task<Void> holder = TestTree.blockedIn(group);
        var result = new AtomicInteger();
        ended.onDone(t -> {
            try {
                result.set(t.group().start(() -> 8).join());
            } catch (InterruptedException | ExecutionException e) {
                throw new AssertionError(e);
            }
        });
        assertEquals(8, result.get());
        holder.cancelAndJoin();
    }

    @Test
    void startFromInsideACancelledGroupGivesATaskThatNeverRuns() throws Exception {
        var started = new CountDownLatch(1);
        Task<Task<Void>> holder =
                group.start(() -> {
                    started.countDown();
                    TestTree.awaitTrue("cancelled", group::isCancelled);
                    return group.start(() -> note(1));
                });
        started.await();
        group.cancel();
        assertThrows(CancellationException.class, holder.join()::join);
        assertEquals(List.of(), ran);
    }
}
