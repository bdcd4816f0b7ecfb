package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** Blocking calls beside the carriers. */
class BlockingCallTest {
    private static final int BOUND = 64;
    private static final Duration SECOND = Duration.ofSeconds(1);

    @TempDir private Path directory;
    @AutoClose private final TestTree tree = TestTree.supervised();
    private final CountDownLatch released = new CountDownLatch(1);
    private final AtomicInteger running = new AtomicInteger();

    @AfterEach
    void release() {
        released.countDown();
        TestTree.awaitTrue("no body runs", () -> running.get() == 0);
    }

    /** A body: blocks until the test has ended or releases it. */
    private int block() throws InterruptedException {
        int concurrent = running.incrementAndGet();
        try {
            released.await();
            return concurrent;
        } finally {
            running.decrementAndGet();
        }
    }

    private List<Task<Integer>> startBlocked(int count) {
        List<Task<Integer>> tasks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            tasks.add(tree.root().start(() -> Tasks.blocking(this::block)));
        }
        TestTree.awaitTrue("running", () -> running.get() == Math.min(count, BOUND));
        return tasks;
    }

    private FileChannel sharedFile() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "content");
        return FileChannel.open(file);
    }

    private static int read(FileChannel file) throws IOException {
        return file.read(ByteBuffer.allocate(100), 0);
    }

    @Test
    void bodyRunsOnADaemonPlatformThreadWithoutATask() throws Exception {
        Task<Thread> task =
                tree.root()
                        .start(() ->
                                Tasks.blocking(() -> {
                                    assertThrows(IllegalStateException.class, Task::current);
                                    return Thread.currentThread();
                                }));
        Thread thread = task.join();
        assertFalse(thread.isVirtual());
        assertTrue(thread.isDaemon());
        assertTrue(thread.getName().startsWith("loomline-blocking-"), thread::getName);
    }

    @Test
    void nothingIsInherited() throws Exception {
        var inherited = new InheritableThreadLocal<String>();
        inherited.set("of the caller");
        assertNull(Tasks.blocking(inherited::get));
        Thread self = Thread.currentThread();
        ClassLoader before = self.getContextClassLoader();
        self.setContextClassLoader(new ClassLoader() {});
        try {
            ClassLoader found =
                    Tasks.blocking(() -> Thread.currentThread().getContextClassLoader());
            assertSame(ClassLoader.getSystemClassLoader(), found);
        } finally {
            self.setContextClassLoader(before);
        }
    }

    @Test
    void actionHasNoResult() throws Exception {
        var file = new AtomicReference<Path>();
        Tasks.blocking(() -> {
            file.set(Files.createFile(directory.resolve("new")));
        });
        assertTrue(Files.exists(file.get()));
    }

    @Test
    void interruptOfTheBodyIsNoCancelOfTheCaller() throws Exception {
        Task<String> task =
                tree.root()
                        .start(() -> {
                            Body<String, IOException> body =
                                    () -> {
                                        throw new InterruptedException("of the body");
                                    };
                            var e =
                                    assertThrows(
                                            IllegalStateException.class,
                                            () -> Tasks.blocking(body));
                            return e.getCause().getMessage();
                        });
        assertEquals("of the body", task.join());
    }

    @Test
    void exceptionsPassUnchanged() throws Exception {
        Throwable[] thrown = {
            new IOException("checked"), new IllegalStateException("unchecked"), new Error("error")
        };
        for (Throwable each : thrown) {
            Task<?> task = tree.root().start(() -> Tasks.blocking(() -> fail(each)));
            assertSame(each, assertThrows(ExecutionException.class, task::join).getCause());
        }
    }

    private static Object fail(Throwable thrown) throws Exception {
        if (thrown instanceof Error error) throw error;
        throw (Exception) thrown;
    }

    @Test
    void cancelDuringTheCallLeavesASharedFileOpen() throws Exception {
        try (FileChannel file = sharedFile()) {
            var readAfterwards = new AtomicInteger();
            Task<Integer> task =
                    tree.root()
                            .start(() ->
                                    Tasks.blocking(() -> {
                                        block();
                                        readAfterwards.set(read(file));
                                        return 1;
                                    }));
            TestTree.awaitTrue("running", () -> running.get() == 1);
            task.cancelAndJoin();
            assertTrue(task.isCancelled());
            assertEquals(1, running.get());
            assertEquals(7, read(file));
            released.countDown();
            TestTree.awaitTrue("read", () -> readAfterwards.get() == 7);
            assertTrue(file.isOpen());
        }
    }

    /** What the call is for. */
    @Test
    void cancelClosesAFileThatIsUsedWithoutIt() throws Exception {
        try (FileChannel file = sharedFile()) {
            Task<Integer> task =
                    tree.root()
                            .start(() -> {
                                assertThrows(InterruptedException.class, TestTree::block);
                                Thread.currentThread().interrupt();
                                assertThrows(ClosedByInterruptException.class, () -> read(file));
                                return 1;
                            });
            TestTree.awaitParked(task.thread());
            task.cancelAndJoin();
            assertFalse(file.isOpen());
        }
    }

    @Test
    void cancelledCallerDoesNotCall() throws Exception {
        var calls = new AtomicInteger();
        Task<Void> task =
                TestTree.startParked(
                        tree.root(),
                        () -> {
                            assertThrows(InterruptedException.class, TestTree::block);
                            Tasks.blocking(calls::incrementAndGet);
                        });
        task.cancel();
        assertThrows(CancellationException.class, task::join);
        assertEquals(0, calls.get());
    }

    @Test
    void deadlineEndsTheWait() throws Exception {
        Task<Integer> task =
                tree.root()
                        .start(() -> tree.deadline(SECOND).call(() -> Tasks.blocking(this::block)));
        TestTree.awaitTrue("running", () -> running.get() == 1);
        tree.clock().awaitTimers(1);
        tree.clock().advance(SECOND);
        var e = assertThrows(ExecutionException.class, task::join);
        assertTrue(e.getCause() instanceof TimeoutException, e::toString);
    }

    @Test
    void interruptOfAPlatformThreadIsItsCancel() {
        Thread self = Thread.currentThread();
        self.interrupt();
        assertThrows(InterruptedException.class, () -> Tasks.blocking(this::block));
        assertEquals(0, running.get());
        Thread waker =
                Thread.ofPlatform()
                        .start(() -> {
                            TestTree.awaitTrue("running", () -> running.get() == 1);
                            self.interrupt();
                        });
        assertThrows(InterruptedException.class, () -> Tasks.blocking(this::block));
        TestTree.awaitTrue("ended", () -> waker.getState() == Thread.State.TERMINATED);
    }

    @Test
    void atMostTheBoundRunAtTheSameTime() throws Exception {
        List<Task<Integer>> tasks = startBlocked(3 * BOUND);
        for (Task<Integer> task : tasks) TestTree.awaitParked(task.thread());
        assertEquals(BOUND, running.get());
        released.countDown();
        for (Task<Integer> task : tasks) assertTrue(task.join() <= BOUND);
    }

    @Test
    void callThatWaitsForAThreadIsCancelledWithoutRunning() throws Exception {
        startBlocked(BOUND);
        var calls = new AtomicInteger();
        List<Task<Void>> waiting = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            waiting.add(
                    TestTree.startParked(
                            tree.root(),
                            () ->
                                    Tasks.blocking(() -> {
                                        calls.incrementAndGet();
                                    })));
        }
        for (Task<Void> task : waiting) task.cancelAndJoin();
        released.countDown();
        assertEquals(7, Tasks.blocking(() -> 7));
        assertEquals(0, calls.get());
    }

    @Test
    void callInsideACallNeedsNoSecondThread() throws Exception {
        var all = new CountDownLatch(BOUND);
        List<Task<Integer>> tasks = new ArrayList<>();
        for (int i = 0; i < BOUND; i++) {
            tasks.add(
                    tree.root()
                            .start(() ->
                                    Tasks.blocking(() -> {
                                        all.countDown();
                                        all.await();
                                        return Tasks.blocking(() -> 7);
                                    })));
        }
        for (Task<Integer> task : tasks) assertEquals(7, task.join());
    }

    @Test
    void thousandsOfCallersAreServed() throws Exception {
        List<Task<Integer>> tasks = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            int number = i;
            tasks.add(tree.root().start(() -> Tasks.blocking(() -> number)));
        }
        for (int i = 0; i < tasks.size(); i++) assertEquals(i, tasks.get(i).join());
    }

    @Test
    void cancelThatRacesTheEndLosesNoThread() throws Exception {
        for (int round = 0; round < 300; round++) {
            var go = new CountDownLatch(1);
            var result = new AtomicReference<Integer>();
            Task<Void> task =
                    TestTree.startParked(
                            tree.root(),
                            () -> {
                                result.set(
                                        Tasks.blocking(() -> {
                                            go.await();
                                            return 1;
                                        }));
                                Task.checkCancelled();
                            });
            TestTree.race(round, go::countDown, task::cancelAndJoin);
            assertTrue(task.isCancelled() || result.get() != null, "a result is returned");
        }
        startBlocked(BOUND);
    }
}
