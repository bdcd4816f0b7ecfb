package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future.State;

/** Tasks inherit context from the thread that starts them only if a carrier is registered. */
class ContextCarrierTest {
    private static final ScopedValue<String> NAME = ScopedValue.newInstance();
    private static final ScopedValue<Integer> NUMBER = ScopedValue.newInstance();

    private final List<TaskGroup> roots = new ArrayList<>();

    private TaskGroup root(ContextCarrier... carriers) {
        var options = GroupOptions.DEFAULT.withPolicy(GroupOptions.Policy.SUPERVISE);
        TaskGroup root = TaskGroup.root(options, SystemClock.INSTANCE, List.of(carriers));
        roots.add(root);
        return root;
    }

    @AfterEach
    void close() {
        roots.forEach(TaskGroup::close);
    }

    private static <T> T named(String name, Callable<T> code) throws Exception {
        return ScopedValue.where(NAME, name).call(code::call);
    }

    private static String name() {
        return NAME.isBound() ? NAME.get() : "unbound";
    }

    private static String nameAndNumber() {
        return name() + (NUMBER.isBound() ? NUMBER.get() : "");
    }

    @Test
    void nothingIsTakenAlongUnlessItIsRegistered() throws Exception {
        TaskGroup root = root();
        assertEquals("unbound", named("a", () -> root.start(ContextCarrierTest::name).join()));
    }

    @Test
    void valueReachesATask() throws Exception {
        TaskGroup root = root(ContextCarrier.scopedValue(NAME));
        assertEquals("a", named("a", () -> root.start(ContextCarrierTest::name).join()));
    }

    @Test
    void onlyTheValuesThatAreRegisteredAreTaken() throws Exception {
        TaskGroup root = root(ContextCarrier.scopedValue(NUMBER));
        String seen =
                ScopedValue.where(NAME, "a")
                        .where(NUMBER, 1)
                        .call(() -> root.start(ContextCarrierTest::nameAndNumber).join());
        assertEquals("unbound1", seen);
    }

    @Test
    void severalValuesAreTakenTogether() throws Exception {
        TaskGroup root = root(ContextCarrier.scopedValue(NAME), ContextCarrier.scopedValue(NUMBER));
        String seen =
                ScopedValue.where(NAME, "a")
                        .where(NUMBER, 1)
                        .call(() -> root.start(ContextCarrierTest::nameAndNumber).join());
        assertEquals("a1", seen);
    }

    @Test
    void valueReachesTheTasksThatATaskStarts() throws Exception {
        TaskGroup root = root(ContextCarrier.scopedValue(NAME));
        Callable<String> grandchild = () -> root.start(ContextCarrierTest::name).join();
        Callable<String> inGroup =
                () -> {
                    try (TaskGroup group = root.open(GroupOptions.DEFAULT)) {
                        return group.start(ContextCarrierTest::name).join();
                    }
                };
        Callable<String> inScope =
                () -> TaskScope.run(root, group -> group.start(ContextCarrierTest::name).join());
        for (Callable<String> code : List.of(grandchild, inGroup, inScope)) {
            assertEquals("a", named("a", () -> root.start(code).join()));
        }
    }

    @Test
    void valueReachesGatheredBodies() throws Exception {
        TaskGroup root = root(ContextCarrier.scopedValue(NAME));
        List<Callable<String>> bodies = List.of(ContextCarrierTest::name, ContextCarrierTest::name);
        assertEquals(List.of("a", "a"), named("a", () -> root.gather(bodies)));
    }

    @Test
    void valueIsTakenWhenTheTaskIsStartedAndNotWhenItRuns() throws Exception {
        TaskGroup root = root(ContextCarrier.scopedValue(NAME));
        var mayRun = new CountDownLatch(1);
        Callable<String> late =
                () -> {
                    mayRun.await();
                    return name();
                };
        Task<String> task = named("a", () -> root.start(late));
        String seen =
                named(
                        "b",
                        () -> {
                            mayRun.countDown();
                            return task.join();
                        });
        assertEquals("a", seen);
    }

    @Test
    void innerBindingIsTheOneThatIsTaken() throws Exception {
        TaskGroup root = root(ContextCarrier.scopedValue(NAME));
        assertEquals(
                "b",
                named("a", () -> named("b", () -> root.start(ContextCarrierTest::name).join())));
        Callable<String> rebinding =
                () -> named("c", () -> root.start(ContextCarrierTest::name).join());
        assertEquals("c", named("a", () -> root.start(rebinding).join()));
    }

    @Test
    void valueThatIsNotBoundIsNotBoundInTheTask() throws Exception {
        TaskGroup root = root(ContextCarrier.scopedValue(NAME));
        assertEquals("unbound", root.start(ContextCarrierTest::name).join());
    }

    @Test
    void nullIsAValue() throws Exception {
        TaskGroup root = root(ContextCarrier.scopedValue(NAME));
        assertNull(named(null, () -> root.start(ContextCarrierTest::name).join()));
    }

    @Test
    void bodyThatFailsFailsWithWhatItThrew() throws Exception {
        TaskGroup root = root(ContextCarrier.scopedValue(NAME));
        for (Throwable thrown : List.of(new IOException("on purpose"), new AssertionError("x"))) {
            Task<Object> task = named("a", () -> root.start(() -> sneak(thrown)));
            var e = assertThrows(ExecutionException.class, task::join);
            assertSame(thrown, e.getCause());
        }
    }

    private static Object sneak(Throwable e) throws Exception {
        if (e instanceof Error error) throw error;
        throw (Exception) e;
    }

    @Test
    void cancelPassesThroughTheBinding() throws Exception {
        TaskGroup root = root(ContextCarrier.scopedValue(NAME));
        Task<Void> task = named("a", () -> TestTree.startParked(root, TestTree::block));
        task.cancelAndJoin();
        assertEquals(State.CANCELLED, task.state());
    }

    @Test
    void carrierOfOnesOwnWrapsTheBodyOnTheStartingThread() throws Exception {
        List<Thread> captured = new ArrayList<>();
        var carrier =
                new ContextCarrier() {
                    @Override
                    public <T> Callable<T> carry(Callable<T> body) {
                        captured.add(Thread.currentThread());
                        return body;
                    }
                };
        root(carrier).start(() -> {}).join();
        assertEquals(List.of(Thread.currentThread()), captured);
    }

    @Test
    void carrierThatFailsFailsTheStartAndLeavesNoTask() throws Exception {
        var carrier =
                new ContextCarrier() {
                    @Override
                    public <T> Callable<T> carry(Callable<T> body) {
                        throw new IllegalArgumentException("on purpose");
                    }
                };
        TaskGroup limited = root(carrier).child(GroupOptions.DEFAULT.withLimit(1));
        for (int i = 0; i < 3; i++) { // none of them keeps the only permit
            assertThrows(IllegalArgumentException.class, () -> limited.start(() -> {}));
        }
        TestTree.assertNothingIsLeftIn(limited);
        assertThrows(
                IllegalArgumentException.class, () -> limited.gather(List.of(() -> 1, () -> 2)));
        limited.close();
        assertFalse(limited.isCancelled());
    }

    @Test
    void missingValueIsRefused() {
        assertThrows(NullPointerException.class, () -> ContextCarrier.scopedValue(null));
        assertTrue(roots.isEmpty());
    }

    @Test
    void nothingIsInheritedThatIsNotRegistered() throws Exception {
        var local = new InheritableThreadLocal<String>();
        local.set("of the starter");
        TaskGroup root = root();
        assertNull(root.start(local::get).join());
        assertNull(root.start("named", local::get).join());
        local.remove();
    }

    @Test
    void contextClassLoaderIsTheStartersAsWithAnyThread() throws Exception {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        try (var loader = new URLClassLoader(new URL[0])) {
            thread.setContextClassLoader(loader);
            Callable<ClassLoader> body = () -> Thread.currentThread().getContextClassLoader();
            assertSame(loader, root().start(body).join());
        } finally {
            thread.setContextClassLoader(before);
        }
    }
}
