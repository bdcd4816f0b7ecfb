package io.loomline.task.supervision;

import io.loomline.concurrent.Threads;
import io.loomline.log.LogRate;
import io.loomline.log.Loggers;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Keeps the JVM alive while a tree has a task: virtual threads alone do not. It waits for one of
 * the tasks at a time, and looks for another at most 50 times a second, so that tasks which come
 * and go pay nothing for it.
 *
 * <pre>
 *   off ──a task starts──▶ on: has a thread ──no task is left for a moment, or end──▶ off
 * </pre>
 *
 * <p>A task enters the tree before it looks whether this is on; the thread notes that it is off
 * before it looks for tasks a last time. So no task is overlooked.
 */
public final class KeepAlive {
    private static final Logger LOG = Loggers.of(KeepAlive.class);

    /** Bounds what short tasks cost, and how long an empty tree keeps the JVM. */
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final String name;

    /** Set before the first task starts. */
    private @Nullable Tree tree;

    private final ReentrantLock lock = new ReentrantLock();
    private final LogRate rate = new LogRate(1, System::nanoTime);

    /** Null while it is off. Written under the lock, read by everyone who starts a task. */
    private volatile @Nullable Thread thread;

    /**
     * The tasks that keep the JVM alive.
     *
     * @param isEmpty whether there is no task
     * @param anyThread the thread of any task; null if there is none
     */
    public record Tree(BooleanSupplier isEmpty, Supplier<@Nullable Thread> anyThread) {}

    public KeepAlive(String name) {
        this.name = name;
    }

    public void watch(Tree tree) {
        this.tree = tree;
    }

    /** A task has entered the tree. */
    public void on() {
        if (thread == null) start(Objects.requireNonNull(tree));
    }

    private void start(Tree tree) {
        lock.lock();
        try {
            if (thread != null) return;
            Thread made = Threads.keepingAlive("loomline-" + name, () -> run(tree));
            made.start();
            thread = made;
        } catch (OutOfMemoryError e) { // also where there are too many threads
            rate.log(more -> LOG.warn("'{}' cannot keep the JVM alive{}", name, more, e));
        } finally {
            lock.unlock();
        }
    }

    private void run(Tree tree) {
        do {
            awaitSome(tree);
            LockSupport.parkNanos(this, PAUSE_NANOS);
        } while (!isOff(tree));
    }

    /**
     * Waits for one of the tasks, also at most until {@link #end}. Returns at once for one whose
     * thread has not been started, and maybe never will be.
     */
    private static void awaitSome(Tree tree) {
        try {
            Thread found = tree.anyThread().get();
            if (found != null) found.join();
        } catch (InterruptedException | OutOfMemoryError e) {
            assert e != null : "then it looks again";
        }
    }

    /** Whether no task is left, and so this is off. */
    private boolean isOff(Tree tree) {
        try {
            return tree.isEmpty().getAsBoolean() && offIfEmpty(tree);
        } catch (OutOfMemoryError e) {
            return false; // then it looks again
        }
    }

    private boolean offIfEmpty(Tree tree) {
        boolean off = false;
        lock.lock();
        Thread self = thread;
        try {
            thread = null;
            off = tree.isEmpty().getAsBoolean();
        } finally {
            if (!off) thread = self;
            lock.unlock();
        }
        return off;
    }

    /**
     * No task is left, and none will come: returns when the thread has ended. The caller may be the
     * thread of a task that has ended, for which it waits: hence the interrupts.
     */
    public void end() {
        Thread present = thread;
        if (present != null) Threads.interruptUntilEnded(present);
    }
}
