package io.loomline.faults;

import io.loomline.Runtime;
import io.loomline.faults.Fault.Place;
import io.loomline.probe.CapturedLog;
import io.loomline.probe.Eventually;
import io.loomline.task.GroupOptions;
import io.loomline.task.Task;
import io.loomline.task.TaskGroup;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/** Tasks that are cancelled by the thousand, or that do not end. */
final class TaskFaults {
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration GRACE = Duration.ofSeconds(10);

    private TaskFaults() {}

    static List<Fault> rows() {
        return List.of(
                Fault.of(
                                "cancel-storm",
                                "100,000 sleeping tasks are cancelled",
                                "all end, <= 2x bare threads of the JDK",
                                TaskFaults::cancelAll)
                        .in(Place.jvm("-Xmx4g", "-XX:TieredStopAtLevel=4")),
                Fault.of(
                                "uninterruptible",
                                "tasks that spin or wait for a lock",
                                "close names each at 10 s +250 ms",
                                TaskFaults::ignoreInterrupts)
                        .in(Place.jvm()));
    }

    private static void cancelAll(Trial trial) throws Exception {
        int tasks = trial.times(100_000, 2_000);
        Duration bare = HOUR;
        Duration ours = HOUR;
        for (int round = 0; round < 5; round++) { // the best of them, when the code is warm
            bare = shorter(bare, interruptThreads(tasks));
            ours = shorter(ours, cancelTasks(tasks, trial));
        }
        trial.note("%,d ended each time; bare %,d ms".formatted(tasks, bare.toMillis()));
        trial.within("tasks", bare.multipliedBy(2), ours);
        trial.connections(0);
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private static Duration interruptThreads(int count) throws InterruptedException {
        var started = new CountDownLatch(count);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            threads.add(
                    Thread.startVirtualThread(() -> {
                        started.countDown();
                        try {
                            Thread.sleep(HOUR);
                        } catch (InterruptedException e) {
                            // the storm
                        }
                    }));
        }
        started.await();
        long start = System.nanoTime();
        for (Thread each : threads) each.interrupt();
        for (Thread each : threads) each.join();
        return Trial.since(start);
    }

    private static Duration cancelTasks(int count, Trial trial) throws Exception {
        try (Runtime runtime = Runtime.open()) {
            TaskGroup group = runtime.group(GroupOptions.DEFAULT);
            var started = new CountDownLatch(count);
            List<Task<Void>> tasks = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                tasks.add(
                        group.start(() -> {
                            started.countDown();
                            Task.sleep(HOUR);
                        }));
            }
            started.await();
            long start = System.nanoTime();
            group.cancel("the storm");
            group.close();
            Duration took = Trial.since(start);
            long ended = tasks.stream().filter(Task::isCancelled).count();
            if (ended != count) trial.equal("ended", count, ended);
            return took;
        }
    }

    private static void ignoreInterrupts(Trial trial) throws Exception {
        var enough = new AtomicBoolean();
        var lock = new ReentrantLock();
        lock.lock();
        Runtime runtime = Runtime.open();
        try (var log = new CapturedLog()) {
            Task<Void> spinning = runtime.start("spinning", () -> spin(enough));
            Task<Void> waiting = runtime.start("waiting", () -> awaitLock(lock));
            long start = System.nanoTime();
            Thread closing = Thread.ofPlatform().start(runtime::close);
            Eventually.holds(() -> isNamed(log, spinning) && isNamed(log, waiting));
            trial.within("named after", GRACE.plusMillis(250), Trial.since(start));
            trial.holds("not before 10 s", Trial.since(start).compareTo(GRACE) >= 0);
            trial.holds("close waits", closing.isAlive());
            trial.holds("with the stack", log.text().contains("TaskFaults.spin"));
            enough.set(true);
            lock.unlock();
            closing.join();
        }
        trial.connections(0);
    }

    private static boolean isNamed(CapturedLog log, Task<?> task) {
        return !log.lines("task '" + task.name() + "' was cancelled").isEmpty();
    }

    private static void spin(AtomicBoolean enough) {
        while (!enough.get()) Thread.onSpinWait();
    }

    private static void awaitLock(ReentrantLock lock) {
        lock.lock();
        try {
            Thread.onSpinWait(); // the lock was free
        } finally {
            lock.unlock();
        }
    }
}
