package io.loomline.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.example.UserCode;

import io.loomline.Drivers;
import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.net.Connection;
import io.loomline.probe.Eventually;
import io.loomline.server.Server;
import io.loomline.task.GroupOptions;
import io.loomline.task.Task;
import io.loomline.task.TaskGroup;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;

/** The snapshot of a runtime. */
class TaskTreeTest {
    private final ManualClock clock = new ManualClock();
    private final CountDownLatch never = new CountDownLatch(1);
    private final Runtime runtime =
            Runtime.open(
                    RuntimeOptions.DEFAULT
                            .withName("shop")
                            .withDriver(Drivers.memory())
                            .withClock(clock));

    @AfterEach
    void close() {
        runtime.close();
    }

    /** The only such node, once there is one. */
    private TreeNode await(Predicate<TreeNode> wanted) throws InterruptedException {
        Eventually.holds(() -> runtime.tree().stream().anyMatch(wanted));
        List<TreeNode> found = runtime.tree().stream().filter(wanted).toList();
        assertEquals(1, found.size(), found::toString);
        return found.getFirst();
    }

    private TreeNode awaitWaiting(Task<?> task) throws InterruptedException {
        return await(node ->
                node.id() == task.id()
                        && node.state() == NodeState.WAITING
                        && node.operation() != null
                        && node.site() != null);
    }

    @Test
    void emptyRuntimeIsItsRoot() {
        TaskTree tree = runtime.tree();
        assertEquals(NodeKind.RUNTIME, tree.root().kind());
        assertEquals("shop", tree.root().name());
        assertEquals("runtime shop: open" + System.lineSeparator(), tree.toString());
        assertEquals(
                "{\"kind\":\"runtime\",\"name\":\"shop\",\"state\":\"open\"}",
                tree.root().toJson());
    }

    @Test
    void connectionTellsPeerWaitAndLine() throws Exception {
        Server server = runtime.listen(0, UserCode::readLines);
        try (Connection client = runtime.connect(server.localAddress())) {
            client.writeLine("hello");
            await(node ->
                    node.traffic() != null
                            && node.traffic().bytesRead() == 6
                            && node.state() == NodeState.WAITING
                            && "Connection.readLine".equals(node.operation()));
            clock.advance(Duration.ofSeconds(13)); // less than the idle timeout
            TreeNode node =
                    await(each -> each.waited() != null && each.state() == NodeState.WAITING);
            assertEquals(NodeKind.CONNECTION, node.kind());
            assertEquals("Connection.readLine", node.operation());
            StackTraceElement site = Objects.requireNonNull(node.site());
            assertEquals("readLines", site.getMethodName());
            assertTrue(Objects.requireNonNull(node.siteText()).startsWith("UserCode.java:"));
            assertEquals(Duration.ofSeconds(13), node.age());
            assertTrue(Objects.requireNonNull(node.waited()).toSeconds() >= 12, node::line);
            assertEquals(client.localAddress(), Objects.requireNonNull(node.traffic()).peer());
            TreeNode parent = await(each -> each.kind() == NodeKind.SERVER);
            assertEquals(NodeState.ACCEPTING, parent.state());
            assertTrue(parent.children().contains(node) || parent.children().size() == 2);
            assertTrue(
                    runtime.tree()
                            .toString()
                            .contains("waiting in Connection.readLine at UserCode"));
        }
    }

    @Test
    void waitsInTheJdkAndForTasksAreNamed() throws Exception {
        Task<Void> first = runtime.start("first", () -> UserCode.awaitLatch(never));
        Task<Void> second = runtime.start("second", () -> UserCode.join(first));
        assertEquals("CountDownLatch.await", awaitWaiting(first).operation());
        TreeNode joining = awaitWaiting(second);
        assertEquals("Task.join", joining.operation());
        assertEquals("second", joining.name());
        assertNull(joining.waited());
        Duration age = Objects.requireNonNull(joining.age());
        assertTrue(age.isPositive());
        assertTrue(age.compareTo(awaitWaiting(second).age()) < 0);
    }

    @Test
    void runningCodeIsNamedByItsLine() throws Exception {
        var stop = new AtomicBoolean();
        Task<Void> task = runtime.start(() -> UserCode.spin(stop));
        TreeNode node = await(each -> each.id() == task.id() && each.site() != null);
        assertEquals(NodeState.RUNNING, node.state());
        assertEquals("spin", Objects.requireNonNull(node.site()).getMethodName());
        stop.set(true);
        task.join();
    }

    @Test
    void groupsAndDeadlinesAreInsideTheirTask() throws Exception {
        Task<Void> task =
                runtime.start(
                        "outer",
                        () -> {
                            try (TaskGroup group =
                                    runtime.group(GroupOptions.DEFAULT.withName("inner"))) {
                                group.start("leaf", () -> UserCode.awaitLatch(never));
                                UserCode.awaitWithin(never, Duration.ofSeconds(30));
                            }
                        });
        await(node -> node.kind() == NodeKind.DEADLINE);
        await(node -> node.name().equals("leaf") && node.state() == NodeState.WAITING);
        clock.advance(Duration.ofSeconds(10));
        TreeNode outer = await(node -> node.id() == task.id());
        assertEquals(
                List.of(NodeKind.DEADLINE, NodeKind.GROUP),
                outer.children().stream().map(TreeNode::kind).toList());
        assertEquals(Duration.ofSeconds(20), outer.children().getFirst().timeLeft());
        assertEquals("leaf", outer.children().getLast().children().getFirst().name());
        assertTrue(outer.withoutChildren().children().isEmpty());
        task.cancelAndJoin();
        assertFalse(runtime.tree().stream().anyMatch(TreeNode::isTask));
    }

    @Test
    void cancelledTaskThatHasNotEndedIsShown() throws Exception {
        var stop = new AtomicBoolean();
        var started = new CountDownLatch(1);
        Task<Void> task =
                runtime.start(() -> {
                    started.countDown();
                    UserCode.spin(stop);
                });
        started.await(); // a task that is cancelled before never runs
        task.cancel();
        await(node -> node.id() == task.id() && node.state() == NodeState.CANCELLED);
        stop.set(true);
        task.cancelAndJoin();
    }

    @Test
    void stacksAreBoundedAndSpreadEvenly() throws Exception {
        for (int i = 0; i < 100; i++) runtime.start(() -> UserCode.awaitLatch(never));
        Eventually.holds(
                () -> runtime.tree().tasks().allMatch(node -> node.state() == NodeState.WAITING));
        List<TreeNode> tasks = runtime.tree(TreeOptions.DEFAULT.withMaxStacks(10)).tasks().toList();
        assertEquals(100, tasks.size());
        for (int i = 0; i < 100; i++) assertEquals(i % 10 == 9, tasks.get(i).operation() != null);
        assertTrue(
                runtime.tree(TreeOptions.DEFAULT.withMaxStacks(0))
                        .tasks()
                        .allMatch(node -> node.operation() == null && node.site() == null));
        assertThrows(IllegalArgumentException.class, () -> TreeOptions.DEFAULT.withMaxStacks(-1));
    }

    @Test
    void hostileNamesAreEscapedAndCut() {
        String name = "\u001b[2J\n<b>" + "x".repeat(1_000);
        runtime.start(name, () -> UserCode.awaitLatch(never));
        String text = runtime.tree().toString();
        assertTrue(text.contains("\\u001b[2J\\u000a<b>xxx"), text);
        assertTrue(text.lines().allMatch(line -> line.length() < 400), text);
        String json = runtime.tree().toJson();
        assertTrue(json.contains("\\\\u001b[2J\\\\u000a<b>xxx"), json);
        assertTrue(json.length() < 600, json);
    }

    @Test
    void suspendedServerIsPaused() throws Exception {
        Server server = runtime.listen(0, UserCode::readLines);
        server.suspend();
        assertEquals(NodeState.PAUSED, await(node -> node.kind() == NodeKind.SERVER).state());
    }
}
