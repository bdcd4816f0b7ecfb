package io.loomline.task;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/** Tasks that all run out of memory at the same time, in a JVM that has little. */
final class ScarceMemory {
    private static final int TASKS = 200;
    private static final int AT_A_TIME = 8;

    private ScarceMemory() {}

    /** Prints how many tasks were started, have ended, and had their callback run. */
    public static void main(String[] arguments) throws Exception {
        var options =
                GroupOptions.DEFAULT.withPolicy(GroupOptions.Policy.SUPERVISE).withLimit(AT_A_TIME);
        var called = new AtomicInteger();
        Runnable counting = called::incrementAndGet;
        Task<?>[] started = new Task<?>[TASKS];
        TaskGroup group = TaskGroup.root(options, SystemClock.INSTANCE);
        int count = 0;
        while (count < TASKS) {
            Task<?> task = tryStart(group);
            if (task == null) continue;
            started[count++] = task;
            onDone(task, counting);
        }
        awaitEmpty(group);
        int done = 0;
        for (Task<?> task : started) done += task.isDone() ? 1 : 0;
        System.out.println(TASKS + " " + done + " " + called.get());
        System.exit(0);
    }

    /** Null if there was no memory for it. */
    private static Task<?> tryStart(TaskGroup group) {
        try {
            return group.start(ScarceMemory::fill);
        } catch (OutOfMemoryError e) {
            return null;
        }
    }

    private static void onDone(Task<?> task, Runnable counting) {
        while (true) {
            try {
                task.onDone(_ -> counting.run());
                return;
            } catch (OutOfMemoryError e) {
                Thread.onSpinWait();
            }
        }
    }

    private static void awaitEmpty(TaskGroup group) throws InterruptedException {
        while (true) {
            try {
                group.await();
                return;
            } catch (OutOfMemoryError e) {
                Thread.onSpinWait();
            } catch (ExecutionException e) {
                throw new AssertionError(e);
            }
        }
    }

    /** Allocates all memory in pieces so small that none is left. */
    private static int fill() {
        Object[] last = new Object[1];
        while (true)
            last = new Object[] {last, new byte[ThreadLocalRandom.current().nextInt(4_000)]};
    }
}
