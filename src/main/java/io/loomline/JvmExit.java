package io.loomline;

import io.loomline.task.supervision.ExitWatchdog;

import java.lang.Thread.UncaughtExceptionHandler;

/** The exit of the process. */
final class JvmExit {
    private JvmExit() {}

    /** Whether the JVM shuts down. {@link System#exit} would never return then. */
    static boolean hasBegun() {
        return ExitWatchdog.isShuttingDown();
    }

    /** Ends the process. Returns if other code is ending it already. */
    static void exit(int code) {
        if (!hasBegun()) System.exit(code);
    }

    /** Prints nothing if an exception ends the calling thread, because the process ends as told. */
    static void endSilently(Throwable thrown) {
        Thread thread = Thread.currentThread();
        UncaughtExceptionHandler otherwise = thread.getUncaughtExceptionHandler();
        thread.setUncaughtExceptionHandler((ended, e) -> {
            if (e != thrown) otherwise.uncaughtException(ended, e);
        });
    }
}
