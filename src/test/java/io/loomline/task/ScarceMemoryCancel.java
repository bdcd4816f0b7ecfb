package io.loomline.task;

import io.loomline.task.GroupOptions.Policy;
import io.loomline.testing.ManualClock;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Cancels of groups in a JVM whose memory is full to the last byte. */
final class ScarceMemoryCancel {
    private static final int ROUNDS = 30;
    private static final long BOUND_NANOS = TimeUnit.SECONDS.toNanos(2);

    private static @Nullable Object @Nullable [] kept;

    private ScarceMemoryCancel() {}

    /** Prints how many tasks were not interrupted by the cancel. */
    public static void main(String[] arguments) throws Exception {
        TaskGroup root =
                TaskGroup.root(
                        GroupOptions.DEFAULT.withPolicy(Policy.SUPERVISE), new ManualClock());
        for (int i = 0; i < ROUNDS; i++) cancelAndJoin(root, false); // loads what a cancel needs
        int lost = 0;
        for (int i = 0; i < ROUNDS; i++) lost += cancelAndJoin(root, true) ? 0 : 1;
        System.out.println("not interrupted: " + lost);
        System.exit(0);
    }

    /** Whether the cancel has ended the task. */
    private static boolean cancelAndJoin(TaskGroup root, boolean withoutMemory) throws Exception {
        TaskGroup group = root.child(GroupOptions.DEFAULT);
        var running = new CountDownLatch(1);
        Task<Void> task = group.start(() -> spin(running));
        running.await();
        if (withoutMemory) fill();
        try {
            group.cancel("on purpose");
        } catch (OutOfMemoryError e) {
            kept = null; // the cancel may say so, when it has interrupted
        }
        kept = null;
        return hasEnded(task);
    }

    private static void spin(CountDownLatch running) throws InterruptedException {
        running.countDown();
        while (!Thread.currentThread().isInterrupted()) Thread.onSpinWait();
        Task.checkCancelled();
    }

    /** The clock stands still, so the watchdog does not interrupt the task later. */
    private static boolean hasEnded(Task<Void> task) {
        long beganNanos = System.nanoTime();
        while (!task.isDone()) {
            if (System.nanoTime() - beganNanos > BOUND_NANOS) {
                task.thread().interrupt();
                return false;
            }
            Thread.onSpinWait();
        }
        return true;
    }

    private static void fill() {
        for (int size = 1 << 18; size > 0; size /= 2) {
            try {
                while (true) kept = new Object[][] {kept, new Object[size]};
            } catch (OutOfMemoryError e) {
                Thread.onSpinWait(); // continues with smaller pieces
            }
        }
    }
}
