package io.loomline.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.example.UserCode;

import io.loomline.Drivers;
import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.net.Connection;
import io.loomline.server.Server;
import io.loomline.task.Task;
import io.loomline.task.TaskGroup;
import io.loomline.task.TestTree;

import org.junit.jupiter.api.Test;

import java.lang.ref.WeakReference;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/** Snapshots while thousands of tasks start and end. */
class TreeChurnTest {
    private static final int SNAPSHOTS = 300;
    private static final int CHURNERS = 8;
    private static final int LASTING = 500;

    private static Runtime open() {
        return Runtime.open(RuntimeOptions.DEFAULT.withDriver(Drivers.memory()));
    }

    @Test
    void lastingTasksAreInEachSnapshotOnce() throws Exception {
        var stop = new AtomicBoolean();
        var started = new AtomicLong();
        var never = new CountDownLatch(1);
        try (Runtime runtime = open()) {
            Set<Long> lasting = new HashSet<>();
            for (int i = 0; i < CHURNERS; i++) {
                runtime.start("churner", () -> churn(runtime, stop, started));
            }
            for (int i = 0; i < LASTING; i++) {
                Task<Void> task = runtime.start("lasting", () -> UserCode.awaitLatch(never));
                lasting.add(task.id());
            }
            for (int i = 0; i < SNAPSHOTS; i++) {
                List<TreeNode> tasks = runtime.tree().tasks().toList();
                Set<Long> ids = new HashSet<>();
                for (TreeNode each : tasks) assertTrue(ids.add(each.id()), () -> "twice: " + each);
                assertTrue(ids.containsAll(lasting), "a lasting task is missing");
            }
            stop.set(true);
        }
        assertTrue(started.get() > SNAPSHOTS, () -> "no churn: " + started);
    }

    /** Opens groups, in which tasks start that end at once. */
    private static void churn(Runtime runtime, AtomicBoolean stop, AtomicLong started)
            throws Exception {
        while (!stop.get()) {
            try (TaskGroup group = runtime.group()) {
                for (int i = 0; i < 10; i++) group.start(started::incrementAndGet);
                group.await();
            }
        }
    }

    /** Each task of the server but the accepting one serves a connection. */
    @Test
    void connectionsThatAreAcceptedMeanwhileHaveTheirPeers() throws Exception {
        var stop = new AtomicBoolean();
        var started = new AtomicLong();
        try (Runtime runtime = open()) {
            Server server = runtime.listen(0, UserCode::readLines);
            for (int i = 0; i < CHURNERS; i++) {
                runtime.start("client", () -> churn(runtime, server, stop, started));
            }
            for (int i = 0; i < SNAPSHOTS; i++) {
                runtime.tree().root().children().stream()
                        .filter(node -> node.kind() == NodeKind.SERVER)
                        .flatMap(node -> node.children().stream())
                        .filter(node -> !node.name().equals("accept"))
                        .forEach(
                                node -> assertEquals(NodeKind.CONNECTION, node.kind(), node::line));
            }
            stop.set(true);
        }
        assertTrue(started.get() > SNAPSHOTS, () -> "no churn: " + started);
    }

    private static void churn(Runtime runtime, Server server, AtomicBoolean stop, AtomicLong opened)
            throws Exception {
        while (!stop.get()) {
            try (Connection client = runtime.connect(server.localAddress())) {
                client.writeLine("hello");
                opened.incrementAndGet();
            }
        }
    }

    @Test
    void snapshotKeepsNothingAlive() throws Exception {
        try (Runtime runtime = open()) {
            var latch = new CountDownLatch(1);
            Task<Void> task = runtime.start(() -> UserCode.awaitLatch(latch));
            TaskTree tree = runtime.tree();
            assertEquals(1, tree.tasks().count());
            latch.countDown();
            task.join();
            var weak = new WeakReference<>(task);
            task = null;
            TestTree.awaitCollected("the task", weak);
            assertEquals(1, tree.tasks().count());
        }
    }
}
