package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.task.GroupOptions.Policy;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/** Results of bodies that the group itself starts, in their order, no faster than its limit. */
class GatherBodiesTest {
    @AutoClose private final TestTree tree = TestTree.supervised();
    private final IOException failure = new IOException("on purpose");
    private final List<Integer> ran = Collections.synchronizedList(new ArrayList<>());

    private TaskGroup group(Policy policy, int limit) {
        return tree.root().child(GroupOptions.DEFAULT.withPolicy(policy).withLimit(limit));
    }

    private static List<Integer> upTo(int count) {
        return IntStream.range(0, count).boxed().toList();
    }

    /** A number of bodies, each of which records its index and then runs the code. */
    private List<Callable<Integer>> bodies(int count, Callable<?> code) {
        return upTo(count).stream().map(i -> body(i, code)).toList();
    }

    private Callable<Integer> body(int index, Callable<?> code) {
        return () -> {
            ran.add(index);
            code.call();
            return index;
        };
    }

    private Object fail() throws IOException {
        throw failure;
    }

    private Object failAfter(int count) throws IOException {
        return ran.size() > count ? fail() : "";
    }

    @ParameterizedTest
    @EnumSource
    void resultsComeInTheOrderOfTheBodies(Policy policy) throws Exception {
        var second = new CountDownLatch(1);
        List<Callable<String>> bodies =
                List.of(
                        () -> {
                            second.await();
                            return "a";
                        },
                        () -> {
                            second.countDown();
                            return "b";
                        },
                        () -> "c");
        assertEquals(List.of("a", "b", "c"), tree.group(policy).gather(bodies));
    }

    @Test
    void nullIsAResult() throws Exception {
        List<Callable<String>> bodies = List.of(() -> null, () -> "b");
        assertEquals(Arrays.asList(null, "b"), tree.root().gather(bodies));
    }

    @Test
    void noBodiesGiveNoResults() throws Exception {
        assertEquals(List.of(), tree.root().gather(List.of()));
        assertEquals(List.of(), tree.root().settle(List.of()));
    }

    @ParameterizedTest
    @EnumSource
    void limitIsKept(Policy policy) throws Exception {
        TaskGroup group = group(policy, 3);
        var running = new AtomicInteger();
        var most = new AtomicInteger();
        Callable<?> counted =
                () -> {
                    most.accumulateAndGet(running.incrementAndGet(), Math::max);
                    LockSupport.parkNanos(1);
                    return running.decrementAndGet();
                };
        assertEquals(upTo(1_000), group.gather(bodies(1_000, counted)));
        assertTrue(most.get() <= 3, () -> "at once: " + most);
    }

    @Test
    void bodiesStartInTheirOrder() throws Exception {
        List<Callable<Long>> bodies = Collections.nCopies(1_000, () -> Task.current().id());
        List<Long> ids = group(Policy.FAIL_FAST, 3).gather(bodies);
        assertEquals(ids.stream().sorted().toList(), ids); // a later start has a higher id
        assertEquals(upTo(1_000), group(Policy.FAIL_FAST, 1).gather(bodies(1_000, () -> "")));
        assertEquals(upTo(1_000), ran);
    }

    @Test
    void bodyIsStartedOnlyWhenAPermitIsFree() throws Exception {
        TaskGroup group = group(Policy.FAIL_FAST, 3);
        var mayEnd = new CountDownLatch(1);
        Callable<?> waiting =
                () -> {
                    mayEnd.await();
                    return "";
                };
        Task<List<Integer>> gather = tree.root().start(() -> group.gather(bodies(10, waiting)));
        TestTree.awaitTrue("three run", () -> ran.size() == 3);
        TestTree.awaitParked(gather.thread());
        assertEquals(3, group.size());
        mayEnd.countDown();
        assertEquals(upTo(10), gather.join());
    }

    @Test
    void failureInTheMiddleStartsNoFurtherBody() {
        TaskGroup group = group(Policy.FAIL_FAST, 1);
        var e =
                assertThrows(
                        ExecutionException.class,
                        () -> group.gather(bodies(1_000, () -> failAfter(5))));
        assertSame(failure, e.getCause());
        assertEquals(upTo(6), ran);
    }

    @RepeatedTest(200)
    void failureInTheMiddleOfASupervisedGroupStartsNoFurtherBody() {
        TaskGroup group = group(Policy.SUPERVISE, 1);
        var e =
                assertThrows(
                        ExecutionException.class,
                        () -> group.gather(bodies(1_000, () -> failAfter(5))));
        assertSame(failure, e.getCause());
        assertTrue(ran.size() <= 7, () -> "ran " + ran); // one may be on its way already
        assertFalse(group.isCancelled());
    }

    @ParameterizedTest
    @EnumSource
    void failureCancelsAndJoinsTheBodiesThatRun(Policy policy) {
        TaskGroup group = tree.group(policy);
        var started = new CountDownLatch(10);
        var ended = new AtomicInteger();
        Callable<Object> blocked = () -> block(started, ended);
        List<Callable<Object>> bodies = new ArrayList<>(Collections.nCopies(10, blocked));
        bodies.add(() -> {
            started.await();
            return fail();
        });
        var e = assertThrows(ExecutionException.class, () -> group.gather(bodies));
        assertSame(failure, e.getCause());
        assertEquals(10, ended.get());
    }

    private static Object block(CountDownLatch started, AtomicInteger ended)
            throws InterruptedException {
        started.countDown();
        try {
            TestTree.block();
            return "never";
        } finally {
            ended.incrementAndGet();
        }
    }

    @Test
    void failureLeavesOtherTasksOfASupervisedGroupAlone() throws Exception {
        TaskGroup group = tree.group(Policy.SUPERVISE);
        Task<Void> other = TestTree.blockedIn(group);
        List<Callable<Object>> bodies = List.of(this::fail);
        assertThrows(ExecutionException.class, () -> group.gather(bodies));
        assertFalse(other.thread().isInterrupted());
        other.cancelAndJoin();
    }

    @ParameterizedTest
    @EnumSource
    void missingBodyIsRefusedBeforeAnyIsStarted(Policy policy) {
        TaskGroup group = tree.group(policy);
        List<Callable<Integer>> bodies = new ArrayList<>(bodies(10, () -> ""));
        bodies.add(null);
        assertThrows(NullPointerException.class, () -> group.gather(bodies));
        assertThrows(NullPointerException.class, () -> group.settle(bodies));
        assertEquals(List.of(), ran);
    }

    @Test
    void closedGroupAndCallerInsideAreRefused() throws Exception {
        TaskGroup group = tree.group(Policy.FAIL_FAST);
        List<Callable<Integer>> bodies = bodies(2, () -> "");
        group.start(() -> assertRefused(group, bodies)).join();
        group.close();
        assertRefused(group, bodies);
        assertEquals(List.of(), ran);
    }

    private static void assertRefused(TaskGroup group, List<Callable<Integer>> bodies) {
        assertThrows(IllegalStateException.class, () -> group.gather(bodies));
        assertThrows(IllegalStateException.class, () -> group.settle(bodies));
    }

    @Test
    void cancelledGroupRunsNoBody() {
        TaskGroup group = tree.group(Policy.FAIL_FAST);
        group.cancel("enough");
        var e = assertThrows(CancellationException.class, () -> group.gather(bodies(10, () -> "")));
        assertTrue(e.getMessage().contains("enough"), e::getMessage);
        assertEquals(List.of(), ran);
    }

    @Test
    @Tag("slow")
    void millionResultsComeInTheirOrder() throws Exception {
        int count = 1_000_000;
        TaskGroup group = group(Policy.FAIL_FAST, 10_000);
        List<Callable<Integer>> bodies =
                IntStream.range(0, count).<Callable<Integer>>mapToObj(i -> () -> i).toList();
        List<Integer> results = group.gather(bodies);
        assertEquals(count, results.size());
        for (int i = 0; i < count; i++) assertEquals(i, results.get(i));
    }
}
