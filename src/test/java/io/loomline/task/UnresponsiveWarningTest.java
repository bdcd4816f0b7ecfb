package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.CapturedLog;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** After ten seconds, one warning with a stack names each cancelled task that has not ended. */
class UnresponsiveWarningTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration MINUTE = Duration.ofMinutes(1);

    @AutoClose private final TestTree tree = TestTree.supervised();
    @AutoClose private final CapturedLog log = new CapturedLog();
    private final List<UnresponsiveBody> bodies = new ArrayList<>();

    private UnresponsiveBody newBody() {
        var body = new UnresponsiveBody(tree.clock());
        bodies.add(body);
        return body;
    }

    private static Task<Void> start(TaskGroup group, String name, TaskBody body) {
        Task<Void> task = group.start(name, body);
        TestTree.awaitParked(task.thread());
        return task;
    }

    /** How many warnings name the task. */
    private int warnings(String name) {
        return (int)
                log.text()
                        .lines()
                        .filter(line -> line.contains(" WARN "))
                        .filter(line -> line.contains("task '" + name + "' was cancelled"))
                        .count();
    }

    private void awaitWarning(String name) {
        TestTree.awaitTrue("a warning of " + name, () -> warnings(name) > 0);
    }

    /** Waits until a new unresponsive task is named: then all earlier warnings are logged. */
    private void flush() {
        Task<Void> last = start(tree.root(), "flush" + bodies.size(), newBody());
        last.cancel();
        tree.clock().advance(MINUTE);
        awaitWarning(last.name());
    }

    private void endAll() {
        bodies.forEach(UnresponsiveBody::end);
        TestTree.awaitTrue("all ended", () -> tree.root().isEmpty());
    }

    @Test
    void warningComesAfterTenSecondsWithTheReasonAndTheStack() throws Exception {
        Task<Void> task = start(tree.root(), "stuck", newBody());
        task.cancel("enough");
        tree.clock().advance(SECOND.multipliedBy(10).minusNanos(1));
        assertEquals(0, warnings("stuck"));
        tree.clock().advance(Duration.ofNanos(1));
        awaitWarning("stuck");
        TestTree.awaitTrue("a stack", () -> log.text().contains(UnresponsiveBody.class.getName()));
        assertTrue(log.text().contains("10 s ago (enough)"), log::text);
        endAll();
    }

    @Test
    void warningIsNotRepeated() throws Exception {
        Task<Void> task = start(tree.root(), "stuck", newBody());
        task.cancel();
        tree.clock().advance(MINUTE);
        awaitWarning("stuck");
        tree.clock().advance(MINUTE.multipliedBy(10));
        flush();
        assertEquals(1, warnings("stuck"));
        endAll();
    }

    @Test
    void taskThatIsCancelledInSeveralWaysIsNamedOnce() throws Exception {
        TaskGroup group = tree.group(GroupOptions.Policy.SUPERVISE);
        TaskBody inDeadline = () -> tree.deadline(SECOND).<Exception>run(newBody()::run);
        Task<Void> task = start(group, "stuck", inDeadline);
        tree.clock().advance(SECOND);
        group.cancel();
        task.cancel();
        tree.root().cancel();
        tree.clock().advance(MINUTE);
        awaitWarning("stuck");
        bodies.forEach(UnresponsiveBody::end);
        TestTree.awaitTrue("left", group::isEmpty);
        assertEquals(1, warnings("stuck"));
    }

    @Test
    void everyUnresponsiveTaskOfACancelledGroupIsNamedAndNoOther() throws Exception {
        TaskGroup group = tree.group(GroupOptions.Policy.SUPERVISE);
        for (String name : List.of("stuck-1", "stuck-2")) start(group, name, newBody());
        Task<Void> listening = start(group, "listening", TestTree::block);
        group.cancel();
        TestTree.awaitTrue("ended", listening::isDone);
        tree.clock().advance(MINUTE);
        awaitWarning("stuck-1");
        awaitWarning("stuck-2");
        flush();
        assertEquals(1, warnings("stuck-1"));
        assertEquals(1, warnings("stuck-2"));
        assertEquals(0, warnings("listening"));
        endAll();
    }

    @Test
    void manyUnresponsiveTasksAreNamedInPartAndCounted() throws Exception {
        TaskGroup group = tree.root().child(GroupOptions.DEFAULT.withName("many"));
        for (int i = 0; i < 20; i++) start(group, "stuck-" + i, newBody());
        group.cancel();
        tree.clock().advance(SECOND.multipliedBy(10)); // so that one check finds them all
        TestTree.awaitTrue("a count", () -> log.text().contains("and 4 more in group 'root/many'"));
        assertEquals(16, log.text().lines().filter(line -> line.contains("task 'stuck-")).count());
        endAll();
    }

    @Test
    void taskInAShieldIsNotNamedBeforeItsBoundHasPassed() throws Exception {
        TaskBody shielded = () -> Shield.<Exception>run(MINUTE.multipliedBy(9), newBody()::run);
        Task<Void> task = start(tree.root(), "stuck", shielded);
        task.cancel();
        flush();
        assertEquals(0, warnings("stuck"));
        tree.clock().advance(MINUTE.multipliedBy(9));
        awaitWarning("stuck");
        flush();
        assertEquals(1, warnings("stuck"));
        endAll();
    }

    @Test
    void taskThatEndsInTimeIsNotNamed() throws Exception {
        var body = newBody();
        Task<Void> task = start(tree.root(), "in-time", body);
        task.cancel();
        tree.clock().advance(SECOND.multipliedBy(9));
        body.end();
        task.join();
        flush();
        assertEquals(0, warnings("in-time"));
        endAll();
    }

    @Test
    void eachIgnoredDeadlineIsNamed() throws Exception {
        var first = newBody();
        var second = newBody();
        Task<Void> task =
                start(
                        tree.root(),
                        "stuck",
                        () -> {
                            Deadline.after(SECOND).<Exception>run(first::run);
                            Deadline.after(SECOND).<Exception>run(second::run);
                        });
        tree.clock().advance(MINUTE);
        awaitWarning("stuck");
        first.end();
        TestTree.awaitTrue("waits again", second::isWaiting);
        tree.clock().advance(MINUTE);
        TestTree.awaitTrue("a second warning", () -> warnings("stuck") == 2);
        second.end();
        task.join();
    }

    @ParameterizedTest
    @EnumSource
    void childThatIgnoresTheFailureOfItsSiblingIsNamed(ThreadKind kind) throws Exception {
        var ready = new CountDownLatch(1);
        Thread advancing =
                Thread.ofVirtual()
                        .start(() -> {
                            TestTree.awaitTrue("ready", () -> ready.getCount() == 0);
                            bodies.getFirst().awaitInterrupts(1);
                            tree.clock().advance(MINUTE);
                            awaitWarning("stuck");
                            bodies.getFirst().end();
                        });
        kind.run(
                tree,
                () -> {
                    try {
                        TaskScope.run(
                                tree.root(),
                                group -> {
                                    start(group, "stuck", newBody());
                                    group.start(UnresponsiveWarningTest::fail);
                                    ready.countDown();
                                    return null;
                                });
                    } catch (Exception e) {
                        assertTrue(e.getCause() instanceof IOException, e::toString);
                    }
                });
        advancing.join();
        assertEquals(1, warnings("stuck"));
    }

    private static void fail() throws IOException {
        throw new IOException("on purpose");
    }
}
