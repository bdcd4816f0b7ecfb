package io.loomline.task.supervision;

import io.loomline.log.SafeLog;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * Tasks that have called {@link System#exit}, which never returns: it waits for the shutdown hooks.
 * A hook that closes a runtime must not wait for such a task in turn, so while the JVM shuts down,
 * these tasks count as ended. A thread of the system finds them by their stacks.
 */
public final class ExitWatchdog {
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    /** Where a thread is from which it does not come back. */
    private static final String NO_RETURN = "java.lang.Shutdown";

    /** Is never started; to ask whether hooks may still be changed. */
    private static final Thread PROBE =
            Thread.ofPlatform().inheritInheritableThreadLocals(false).unstarted(() -> {});

    /** What somebody waits for while the JVM shuts down. */
    private static final Set<Cancellable> WAITED_FOR = ConcurrentHashMap.newKeySet();

    private static final AtomicBoolean STARTED = new AtomicBoolean();

    private ExitWatchdog() {}

    /** If the JVM shuts down, tasks inside that have called for that end from now on. */
    public static void lookAfter(Cancellable place) {
        if (!isShutdownUnderWay()) return;
        try {
            WAITED_FOR.add(place);
            if (STARTED.compareAndSet(false, true)) start();
        } catch (OutOfMemoryError e) {
            SafeLog.log("{} is waited for, whoever may have called System.exit", place, e);
        }
    }

    private static void start() {
        boolean started = false;
        try {
            Thread.ofPlatform()
                    .daemon()
                    .inheritInheritableThreadLocals(false)
                    .name("loomline-exits")
                    .start(ExitWatchdog::run);
            started = true;
        } finally {
            if (!started) STARTED.set(false); // the next one tries again
        }
    }

    /** Loads this class, and makes what it holds, while there is memory. */
    public static void prepare() {}

    private static boolean isShutdownUnderWay() {
        try {
            Runtime.getRuntime().removeShutdownHook(PROBE);
            return false;
        } catch (IllegalStateException e) {
            return true;
        }
    }

    /** Until the JVM has ended. */
    private static void run() {
        Set<Thread> ended = new HashSet<>();
        while (true) {
            try {
                look(ended);
            } catch (Throwable e) { // such as for want of memory: the next look may have some
                SafeLog.log("{} failed", "a look for tasks that have called System.exit", e);
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    private static void look(Set<Thread> ended) {
        WAITED_FOR.removeIf(place -> place.isQuiet().getAsBoolean());
        for (Cancellable place : WAITED_FOR) {
            place.visit()
                    .accept(runner -> {
                        Thread thread = runner.thread();
                        if (ended.contains(thread) || !isExiting(thread)) return;
                        end(runner);
                        ended.add(thread);
                    });
        }
    }

    private static boolean isExiting(Thread thread) {
        return Arrays.stream(thread.getStackTrace())
                .anyMatch(frame -> frame.getClassName().equals(NO_RETURN));
    }

    /** On a thread of its own: what the task has opened, and its callbacks, may take their time. */
    private static void end(RunningThread runner) {
        Thread.ofPlatform()
                .daemon()
                .inheritInheritableThreadLocals(false)
                .name("loomline-exit")
                .start(() -> runner.abandon().accept("it has called System.exit"));
    }
}
