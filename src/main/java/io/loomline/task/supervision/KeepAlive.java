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
 * Keeps the JVM alive while a tree has a task, which virtual threads alone do not. Its thread waits
 * for one task at a time and looks for another at most 50 times a second, so short tasks pay almost
 * nothing for it.
 *
 * <pre>
 *   off ──a task starts──▶ on: has a thread ──20 ms without a task, or end──▶ off
 * </pre>
 *
 * <p>No task is missed: a task enters the tree before it checks whether this is on, and the thread
 * turns it off before it looks for tasks a last time.
 */
public final class KeepAlive {
    private static final Logger LOG = Loggers.of(KeepAlive.class);

    /** Bounds the cost of short tasks, and how long an empty tree keeps the JVM alive. */
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final String name;

    /** Set before the first task starts. */
    private @Nullable Tree tree;

    private final ReentrantLock lock = new ReentrantLock();
    private final LogRate rate = new LogRate(1, System::nanoTime);

    /** Null while off. Written under the lock, read by every thread that starts a task. */
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

    /** Turns this on, because a task has entered the tree. */
    public void turnOn() {
        if (thread == null) start(Objects.requireNonNull(tree));
    }

    private void start(Tree tree) {
        lock.lock();
        try {
            if (thread != null) return;
            Thread made = Threads.keepingAlive("loomline-" + name, () -> run(tree));
            made.start();
            thread = made;
        } catch (OutOfMemoryError e) { // also thrown for too many threads
            rate.log(more -> LOG.warn("'{}' cannot keep the JVM alive{}", name, more, e));
        } finally {
            lock.unlock();
        }
    }

    private void run(Tree tree) {
        do {
            awaitSome(tree);
            LockSupport.parkNanos(this, PAUSE_NANOS);
        } while (!turnedOff(tree));
    }

    /**
     * Waits until one of the tasks has ended, or {@link #end} is called. Returns at once if the
     * task's thread has not been started.
     */
    private static void awaitSome(Tree tree) {
        try {
            Thread found = tree.anyThread().get();
            if (found != null) found.join();
        } catch (InterruptedException | OutOfMemoryError e) {
            assert e != null : "the caller looks again";
        }
    }

    /** Turns this off if no task is left; whether it did. */
    private boolean turnedOff(Tree tree) {
        try {
            return tree.isEmpty().getAsBoolean() && turnedOffIfEmpty(tree);
        } catch (OutOfMemoryError e) {
            return false; // the caller looks again
        }
    }

    private boolean turnedOffIfEmpty(Tree tree) {
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
     * Waits until the thread has ended; the tree has no task and gets no more. The caller may run
     * on the very thread that this one waits for, a task's: hence the interrupts.
     */
    public void end() {
        Thread present = thread;
        if (present != null) Threads.interruptUntilEnded(present);
    }
}
