package io.loomline;

import io.loomline.task.Task;

import org.jspecify.annotations.Nullable;

import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.util.concurrent.CompletableFuture;

/** The cancel of a program's main task by a signal, and what becomes of the process then. */
final class SignalCut {
    /** Causes may be in a circle. */
    private static final int MOST_CAUSES = 16;

    private final CompletableFuture<Task<?>> started = new CompletableFuture<>();

    /** What has cancelled the task; written by a thread of the JVM, before the task can see it. */
    private volatile Signals.@Nullable Signal cause;

    /** A signal asks the main task to end, now or as soon as it has started. */
    void ask(Signals.Signal signal) {
        started.thenAccept(task -> {
            cause = signal;
            if (!task.cancel(signal.name())) cause = null;
        });
    }

    void started(Task<?> main) {
        started.complete(main);
    }

    /**
     * Whether a failure is nothing but what a cancel throws, wrapped without a word of its own, as
     * lambdas have to.
     */
    static boolean isCancelInDisguise(@Nullable Throwable failure) {
        Throwable e = failure;
        for (int causes = 0; e != null && causes < MOST_CAUSES; causes++) {
            if (isCancel(e)) return true;
            Throwable cause = e.getCause();
            String message = e.getMessage();
            boolean isBare = cause != null && (message == null || message.equals(cause.toString()));
            e = isBare ? cause : null;
        }
        return false;
    }

    private static boolean isCancel(Throwable e) {
        return switch (e) {
            case SocketTimeoutException _ -> false;
            case InterruptedException _, InterruptedIOException _, ClosedByInterruptException _ ->
                    true;
            default -> false;
        };
    }

    /** The main task has ended as cancelled: returns only if that was not done by a signal. */
    void exit() {
        Signals.Signal signal = cause;
        if (signal != null) System.exit(signal.exitCode());
    }
}
