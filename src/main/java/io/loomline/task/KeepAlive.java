package io.loomline.task;

import io.loomline.log.LogRate;
import io.loomline.log.Loggers;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

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
final class KeepAlive {
    private static final Logger LOG = Loggers.of(KeepAlive.class);

    /** Bounds what short tasks cost, and how long an empty tree keeps the JVM. */
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final String name;

    /** What it looks at; given before the first task starts. */
    private Scope.@Nullable Child tree;

    private final ReentrantLock lock = new ReentrantLock();
    private final LogRate rate = new LogRate(1, System::nanoTime);

    /** Null while it is off. Written under the lock, read by everyone who starts a task. */
    private volatile @Nullable Thread thread;

    KeepAlive(String name) {
        this.name = name;
    }

    void watch(Scope.Child tree) {
        this.tree = tree;
    }

    /** A task has entered the tree. */
    void on() {
        if (thread == null) start(Objects.requireNonNull(tree));
    }

    private void start(Scope.Child tree) {
        lock.lock();
        try {
            if (thread != null) return;
            Thread made =
                    Thread.ofPlatform()
                            .daemon(false)
                            .name("loomline-" + name)
                            .inheritInheritableThreadLocals(false)
                            .unstarted(() -> run(tree));
            made.setContextClassLoader(ClassLoader.getSystemClassLoader());
            made.start();
            thread = made;
        } catch (OutOfMemoryError e) { // also where there are too many threads
            rate.log(more -> LOG.warn("'{}' cannot keep the JVM alive{}", name, more, e));
        } finally {
            lock.unlock();
        }
    }

    private void run(Scope.Child tree) {
        do {
            awaitSome(tree);
            LockSupport.parkNanos(this, PAUSE_NANOS);
        } while (!isOff(tree));
    }

    /**
     * Waits for one of the tasks, also at most until {@link #end}. Returns at once for one whose
     * thread has not been started, and maybe never will be.
     */
    private static void awaitSome(Scope.Child tree) {
        try {
            Thread found = tree.anyThread();
            if (found != null) found.join();
        } catch (InterruptedException | OutOfMemoryError e) {
            assert e != null : "then it looks again";
        }
    }

    /** Whether no task is left, and so this is off. */
    private boolean isOff(Scope.Child tree) {
        try {
            return tree.isEmpty() && offIfEmpty(tree);
        } catch (OutOfMemoryError e) {
            return false; // then it looks again
        }
    }

    private boolean offIfEmpty(Scope.Child tree) {
        boolean off = false;
        lock.lock();
        Thread self = thread;
        try {
            thread = null;
            off = tree.isEmpty();
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
    void end() {
        Thread present = thread;
        if (present == null) return;
        boolean interrupted = false;
        while (present.isAlive()) {
            present.interrupt();
            try {
                present.join(1);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) Thread.currentThread().interrupt();
    }
}
