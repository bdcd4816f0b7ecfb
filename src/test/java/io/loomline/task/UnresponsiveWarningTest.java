package io.loomline.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** After ten seconds, one warning with a stack names who was cancelled and does not listen. */
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

    /** Lets time pass until a deaf task that is new is named: all earlier warnings are out. */
    private void flush() {
        Task<Void> last = start(tree.root(), "flush" + bodies.size(), newBody());
        last.cancel();
        tree.clock().advance(MINUTE);
        awaitWarning(last.name());
    }

    private void listenAll() {
        bodies.forEach(UnresponsiveBody::listen);
        TestTree.awaitTrue("all ended", () -> tree.root().isEmpty());
    }

    @Test
    void warningComesAfterTenSecondsWithTheReasonAndTheStack() throws Exception {
        Task<Void> task = start(tree.root(), "deaf", newBody());
        task.cancel("enough");
        tree.clock().advance(SECOND.multipliedBy(10).minusNanos(1));
        assertEquals(0, warnings("deaf"));
        tree.clock().advance(Duration.ofNanos(1));
        awaitWarning("deaf");
        TestTree.awaitTrue("a stack", () -> log.text().contains(UnresponsiveBody.class.getName()));
        assertTrue(log.text().contains("10 s ago (enough)"), log::text);
        listenAll();
    }

    @Test
    void warningIsNotRepeated() throws Exception {
        Task<Void> task = start(tree.root(), "deaf", newBody());
        task.cancel();
        tree.clock().advance(MINUTE);
        awaitWarning("deaf");
        tree.clock().advance(MINUTE.multipliedBy(10));
        flush();
        assertEquals(1, warnings("deaf"));
        listenAll();
    }

    @Test
    void taskThatIsCancelledInSeveralWaysIsNamedOnce() throws Exception {
        TaskGroup group = tree.group(GroupOptions.Policy.SUPERVISE);
        TaskBody inDeadline = () -> tree.deadline(SECOND).<Exception>run(newBody()::run);
        Task<Void> task = start(group, "deaf", inDeadline);
        tree.clock().advance(SECOND);
        group.cancel();
        task.cancel();
        tree.root().cancel();
        tree.clock().advance(MINUTE);
        awaitWarning("deaf");
        bodies.forEach(UnresponsiveBody::listen);
        TestTree.awaitTrue("left", group::isEmpty);
        assertEquals(1, warnings("deaf"));
    }

    @Test
    void everyUnresponsiveTaskOfACancelledGroupIsNamedAndNoOther() throws Exception {
        TaskGroup group = tree.group(GroupOptions.Policy.SUPERVISE);
        for (String name : List.of("deaf-1", "deaf-2")) start(group, name, newBody());
        Task<Void> listening = start(group, "listening", TestTree::block);
        group.cancel();
        TestTree.awaitTrue("ended", listening::isDone);
        tree.clock().advance(MINUTE);
        awaitWarning("deaf-1");
        awaitWarning("deaf-2");
        flush();
        assertEquals(1, warnings("deaf-1"));
        assertEquals(1, warnings("deaf-2"));
        assertEquals(0, warnings("listening"));
        listenAll();
    }

    @Test
    void manyUnresponsiveTasksAreNamedInPartAndCounted() throws Exception {
        TaskGroup group = tree.root().child(GroupOptions.DEFAULT.withName("many"));
        for (int i = 0; i < 20; i++) start(group, "deaf-" + i, newBody());
        group.cancel();
        tree.clock().advance(SECOND.multipliedBy(10)); // so that one look finds them all
        TestTree.awaitTrue("a count", () -> log.text().contains("and 4 more in group 'root/many'"));
        assertEquals(16, log.text().lines().filter(line -> line.contains("task 'deaf-")).count());
        listenAll();
    }

    @Test
    void taskInAShieldIsNotNamedBeforeItsBoundHasPassed() throws Exception {
        TaskBody shielded = () -> Shield.<Exception>run(MINUTE.multipliedBy(9), newBody()::run);
        Task<Void> task = start(tree.root(), "deaf", shielded);
        task.cancel();
        flush();
        assertEquals(0, warnings("deaf"));
        tree.clock().advance(MINUTE.multipliedBy(9));
        awaitWarning("deaf");
        flush();
        assertEquals(1, warnings("deaf"));
        listenAll();
    }

    @Test
    void taskThatEndsInTimeIsNotNamed() throws Exception {
        var body = newBody();
        Task<Void> task = start(tree.root(), "in-time", body);
        task.cancel();
        tree.clock().advance(SECOND.multipliedBy(9));
        body.listen();
        task.join();
        flush();
        assertEquals(0, warnings("in-time"));
        listenAll();
    }

    @Test
    void eachIgnoredDeadlineIsNamed() throws Exception {
        var first = newBody();
        var second = newBody();
        Task<Void> task =
                start(
                        tree.root(),
                        "deaf",
                        () -> {
                            Deadline.after(SECOND).<Exception>run(first::run);
                            Deadline.after(SECOND).<Exception>run(second::run);
                        });
        tree.clock().advance(MINUTE);
        awaitWarning("deaf");
        first.listen();
        TestTree.awaitTrue("waits again", second::isWaiting);
        tree.clock().advance(MINUTE);
        TestTree.awaitTrue("a second warning", () -> warnings("deaf") == 2);
        second.listen();
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
                            awaitWarning("deaf");
                            bodies.getFirst().listen();
                        });
        kind.run(
                tree,
                () -> {
                    try {
                        TaskScope.run(
                                tree.root(),
                                group -> {
                                    start(group, "deaf", newBody());
                                    group.start(UnresponsiveWarningTest::fail);
                                    ready.countDown();
                                    return null;
                                });
                    } catch (Exception e) {
                        assertTrue(e.getCause() instanceof IOException, e::toString);
                    }
                });
        advancing.join();
        assertEquals(1, warnings("deaf"));
    }

    private static void fail() throws IOException {
        throw new IOException("on purpose");
    }
}
