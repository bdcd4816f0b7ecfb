package io.loomline.driver;

import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;

/** A thread that a test starts, and its result. */
public final class Started<T> {
    private static final Duration BOUND = Duration.ofSeconds(10);

    private final FutureTask<T> task;
    private final Thread thread;

    private Started(Thread.Builder builder, Callable<T> job) {
        task = new FutureTask<>(job);
        thread = builder.start(task);
    }

    public static <T> Started<T> start(Callable<T> job) {
        return new Started<>(Thread.ofVirtual(), job);
    }

    /** Starts a platform thread, which runs even while all carriers are busy. */
    public static <T> Started<T> startOnPlatformThread(Callable<T> job) {
        return new Started<>(Thread.ofPlatform(), job);
    }

    /** Returns or throws the thread's result. A thread that does not end in time is an error. */
    public T join() throws Exception {
        if (!thread.join(BOUND)) {
            String stack = Arrays.toString(thread.getStackTrace());
            thread.interrupt();
            throw new AssertionError("the thread did not end; it is in " + stack);
        }
        try {
            return task.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception failure) throw failure;
            throw e;
        }
    }

    public Started<T> interrupt() {
        thread.interrupt();
        return this;
    }

    public Thread thread() {
        return thread;
    }

    /** Returns when the thread waits or has ended. */
    public Started<T> awaitWaiting() {
        while (thread.getState() != Thread.State.WAITING && thread.isAlive()) {
            LockSupport.parkNanos(1);
        }
        return this;
    }
}
