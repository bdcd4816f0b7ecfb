package io.loomline.task.supervision;

import io.loomline.concurrent.Threads;
import io.loomline.log.SafeLog;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Finds tasks that have called {@link System#exit} and counts them as ended. That call never
 * returns, because it waits for the shutdown hooks, so a hook that closes a runtime must not wait
 * for such a task in turn. A platform thread finds these tasks by their stacks.
 */
public final class ExitWatchdog {
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    /** The class whose methods a thread does not return from once the JVM shuts down. */
    private static final String SHUTDOWN_CLASS = "java.lang.Shutdown";

    /** Removing a hook fails while the JVM shuts down. This one is never added or started. */
    private static final Thread PROBE = Threads.daemon("loomline-exit-probe", () -> {});

    /** The scopes that a thread waits for while the JVM shuts down. */
    private static final Set<Awaited<?>> AWAITED = ConcurrentHashMap.newKeySet();

    private static final AtomicBoolean STARTED = new AtomicBoolean();

    private ExitWatchdog() {}

    /** A scope, with the access to it. */
    private record Awaited<S>(S scope, ScopeAccess<S> access) {
        boolean hasEnded() {
            return access.hasEnded(scope);
        }

        void forEachThread(Consumer<? super RunningThread> visitor) {
            access.forEachThread(scope, visitor);
        }
    }

    /** If the JVM shuts down, ends the tasks inside a scope that have called for that. */
    public static <S> void watch(S scope, ScopeAccess<S> access) {
        if (!isShuttingDown()) return;
        try {
            AWAITED.add(new Awaited<>(scope, access));
            if (STARTED.compareAndSet(false, true)) start();
        } catch (OutOfMemoryError e) {
            SafeLog.log("{} is awaited even if a task in it has called System.exit", scope, e);
        }
    }

    private static void start() {
        boolean started = false;
        try {
            Threads.daemon("loomline-exits", ExitWatchdog::poll).start();
            started = true;
        } finally {
            if (!started) STARTED.set(false); // the next call tries again
        }
    }

    /** Loads this class and creates its objects while there is memory. */
    public static void prepare() {}

    /** Whether the JVM shuts down: a call of {@link System#exit} never returns then. */
    public static boolean isShuttingDown() {
        try {
            Runtime.getRuntime().removeShutdownHook(PROBE);
            return false;
        } catch (IllegalStateException e) {
            return true;
        }
    }

    /** Runs until the JVM has ended. */
    private static void poll() {
        Set<Thread> ended = new HashSet<>();
        while (true) {
            try {
                endExitingTasks(ended);
            } catch (Throwable e) { // for example, out of memory: the next search may succeed
                SafeLog.log("{} failed", "a search for tasks that have called System.exit", e);
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    private static void endExitingTasks(Set<Thread> ended) {
        AWAITED.removeIf(Awaited::hasEnded);
        for (Awaited<?> scope : AWAITED) {
            scope.forEachThread(running -> {
                Thread thread = running.thread();
                if (ended.contains(thread) || !isExiting(thread)) return;
                end(running);
                ended.add(thread);
            });
        }
    }

    private static boolean isExiting(Thread thread) {
        return Arrays.stream(thread.getStackTrace())
                .anyMatch(frame -> frame.getClassName().equals(SHUTDOWN_CLASS));
    }

    /** On a separate thread, because the task's groups and callbacks may take long to end. */
    private static void end(RunningThread running) {
        Threads.daemon("loomline-exit", () -> running.abandon().accept("it called System.exit"))
                .start();
    }
}
