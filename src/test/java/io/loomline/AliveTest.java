package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.loomline.net.Connection;
import io.loomline.probe.Child;
import io.loomline.probe.Eventually;
import io.loomline.probe.Leftovers;
import io.loomline.task.Task;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.URL;
import java.net.URLClassLoader;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** A server or a task in a runtime keeps the JVM alive; an empty runtime does not. */
class AliveTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final RuntimeOptions NAMED = RuntimeOptions.DEFAULT.withName("shop");

    private static Optional<Thread> keeper() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().contains("shop") && !thread.isDaemon())
                .findAny();
    }

    @Tag("slow")
    @ParameterizedTest
    @ValueSource(strings = {"server", "memory"})
    void serverOutlivesMainUntilTheRuntimeIsClosed(String scenario) throws Exception {
        try (Child child = Child.start(AliveProgram.class, List.of(), scenario)) {
            assertFalse(child.readLine().isEmpty());
            assertEquals(List.of("served end"), child.rest());
            assertEquals(0, child.exitCode());
        }
    }

    @Tag("slow")
    @ParameterizedTest
    @ValueSource(strings = {"task", "group", "task of a task", "scope", "idle"})
    void taskOutlivesMain(String scenario) throws Exception {
        try (Child child = Child.start(AliveProgram.class, List.of(), scenario)) {
            assertEquals(List.of("worked"), child.rest());
            assertEquals(0, child.exitCode());
        }
    }

    @Tag("slow")
    @Test
    void daemonRuntimeDoesNotOutliveMain() throws Exception {
        try (Child child = Child.start(AliveProgram.class, List.of(), "daemon")) {
            assertFalse(child.readLine().isEmpty());
            assertEquals(List.of(), child.rest());
            assertEquals(0, child.exitCode());
        }
    }

    @Tag("slow")
    @Test
    void emptyRuntimeNeedNotBeClosed() throws Exception {
        try (Child child = Child.start(AliveProgram.class, List.of(), "nothing left")) {
            assertEquals(List.of(), child.rest());
            assertEquals(0, child.exitCode());
        }
    }

    @Test
    void runtimeWithoutTasksKeepsNoThread() throws Exception {
        try (Runtime runtime = Runtime.open(NAMED)) {
            assertEquals(Optional.empty(), keeper());
            for (int i = 0; i < 3; i++) {
                Task<Void> task = runtime.start(() -> new CountDownLatch(1).await());
                assertFalse(keeper().isEmpty());
                task.cancelAndJoin();
                Eventually.holds(() -> keeper().isEmpty());
            }
        }
    }

    @Test
    void closeEndsTheThreadThatKeepsTheJvmAlive() throws Exception {
        Runtime runtime = Runtime.open(NAMED);
        runtime.start(() -> new CountDownLatch(1).await());
        runtime.listen(0, Connection::readLine);
        assertFalse(keeper().isEmpty());
        runtime.close();
        assertEquals(Optional.empty(), keeper());
    }

    @Test
    void daemonRuntimeHasOnlyDaemonThreads() throws Exception {
        try (Runtime runtime = Runtime.open(NAMED.withDaemon(true))) {
            runtime.start(() -> new CountDownLatch(1).await());
            runtime.listen(0, Connection::readLine);
            assertEquals(Optional.empty(), keeper());
        }
    }

    @Test
    void keeperHasTheSystemClassLoader() throws Exception {
        try (Runtime runtime = Runtime.open(NAMED);
                var loader = new URLClassLoader(new URL[0])) {
            Thread caller = new Thread(() -> runtime.start(() -> new CountDownLatch(1).await()));
            caller.setContextClassLoader(loader);
            caller.start();
            caller.join();
            assertSame(
                    ClassLoader.getSystemClassLoader(),
                    keeper().orElseThrow().getContextClassLoader());
        }
    }

    /** A thread that inherits calls {@code childValue}. */
    @Test
    void keeperInheritsNoThreadLocal() throws Exception {
        var copies = new AtomicInteger();
        var inheritable =
                new InheritableThreadLocal<String>() {
                    @Override
                    protected String childValue(String parents) {
                        copies.incrementAndGet();
                        return parents;
                    }
                };
        try (Runtime runtime = Runtime.open(NAMED)) {
            inheritable.set("the caller's");
            runtime.start(() -> new CountDownLatch(1).await());
            assertFalse(keeper().isEmpty());
            assertEquals(0, copies.get());
        } finally {
            inheritable.remove();
        }
    }

    /** Starts tasks at about the time when the keeper ends. */
    @Tag("stress")
    @Test
    void taskStartedAsTheKeeperEndsHasAKeeper() throws Exception {
        try (Runtime runtime = Runtime.open(NAMED)) {
            for (int i = 0; i < 100; i++) {
                runtime.start(() -> 1).join();
                Thread.sleep(19 + i % 5); // about the time after which an idle keeper ends
                Task<Void> task = runtime.start(() -> new CountDownLatch(1).await());
                Thread.sleep(30); // a keeper that missed the task has ended by then
                assertFalse(keeper().isEmpty(), "round " + i);
                task.cancelAndJoin();
            }
        }
    }
}
