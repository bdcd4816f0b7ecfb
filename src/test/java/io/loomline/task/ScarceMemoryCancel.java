package io.loomline.task;

import io.loomline.task.GroupOptions.Policy;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/** Cancels of groups in a JVM whose memory is full to the last byte. */
final class ScarceMemoryCancel {
    private static final int ROUNDS = 30;

    private static @Nullable Object @Nullable [] kept;

    private ScarceMemoryCancel() {}

    /** Prints how many tasks were not interrupted by the cancel. */
    public static void main(String[] arguments) throws Exception {
        TaskGroup root =
                TaskGroup.root(
                        GroupOptions.DEFAULT.withPolicy(Policy.SUPERVISE), SystemClock.INSTANCE);
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

    private static boolean hasEnded(Task<Void> task) throws Exception {
        try {
            task.join(Duration.ofMillis(80)); // the watchdog would interrupt it after 100 ms
        } catch (CancellationException e) {
            return true;
        } catch (ExecutionException e) { // no memory for its end
            return true;
        } catch (TimeoutException e) {
            task.cancel();
            return false;
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
