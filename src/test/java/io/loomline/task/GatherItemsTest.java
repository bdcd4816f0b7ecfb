package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/** {@link TaskGroup#gather} with items and a function: one task for each item. */
class GatherItemsTest {
    @AutoClose private final TestTree tree = TestTree.supervised();
    private final TaskGroup group = tree.root();

    @Test
    void resultsComeInTheOrderOfTheItems() throws Exception {
        var second = new CountDownLatch(1);
        List<String> results =
                group.gather(
                        List.of(1, 2),
                        item -> {
                            if (item == 2) second.countDown();
                            second.await();
                            return "no " + item;
                        });
        assertEquals(List.of("no 1", "no 2"), results);
    }

    @Test
    void eachItemHasATaskOfItsOwn() throws Exception {
        List<Long> ids = group.gather(List.of("a", "b", "c"), _ -> Task.current().id());
        assertEquals(3, Set.copyOf(ids).size());
    }

    @Test
    void noItemsGiveNoResults() throws Exception {
        List<Object> results = group.gather(List.of(), item -> item);
        assertEquals(List.of(), results);
    }

    @Test
    void functionOfASupertypeIsAccepted() throws Exception {
        TaskFunction<Object, Integer> length = item -> item.toString().length();
        List<Number> results = group.gather(List.of("a", "bc"), length);
        assertEquals(List.of(1, 2), results);
    }

    @Test
    void itemsAndResultsMayBeNull() throws Exception {
        List<String> results = group.gather(Arrays.asList("a", null), item -> item);
        assertEquals(Arrays.asList("a", null), results);
    }

    @Test
    void failureOfOneItemCancelsTheOthers() {
        var failure = new IOException("on purpose");
        var blocked = new CountDownLatch(1);
        var cancelled = new AtomicInteger();
        var e =
                assertThrows(
                        ExecutionException.class,
                        () ->
                                group.gather(
                                        List.of(true, false),
                                        fails -> {
                                            if (fails) failAfter(blocked, failure);
                                            return blockUntilCancelled(blocked, cancelled);
                                        }));
        assertSame(failure, e.getCause());
        assertEquals(1, cancelled.get());
    }

    private static void failAfter(CountDownLatch blocked, IOException failure) throws Exception {
        blocked.await();
        throw failure;
    }

    private static int blockUntilCancelled(CountDownLatch blocked, AtomicInteger cancelled)
            throws InterruptedException {
        blocked.countDown();
        try {
            TestTree.block();
            return 0;
        } catch (InterruptedException e) {
            return cancelled.incrementAndGet();
        }
    }

    @Test
    void callerInsideTheGroupIsRefused() {
        Task<?> task = group.start(() -> group.gather(List.of(1), item -> item));
        var e = assertThrows(ExecutionException.class, task::join);
        assertTrue(e.getCause() instanceof IllegalStateException, e::toString);
    }

    @Test
    void nullFunctionIsRefused() {
        assertThrows(NullPointerException.class, () -> group.gather(List.of(1), null));
    }
}
