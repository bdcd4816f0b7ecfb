package io.loomline;

import io.loomline.task.Task;

import org.jspecify.annotations.Nullable;

import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.util.concurrent.CompletableFuture;

/** Cancels a program's main task when a signal comes, and exits once the task has ended. */
final class SignalCut {
    /** A chain of causes may be circular. */
    private static final int MOST_CAUSES = 16;

    private final CompletableFuture<Task<?>> started = new CompletableFuture<>();

    /** The signal that cancelled the task. Written by a thread of the JVM, before the cancel. */
    private volatile Signals.@Nullable Signal cause;

    /** Cancels the main task, now or as soon as it has started. */
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
     * Whether a failure is the exception of a cancel, wrapped only because a lambda could not throw
     * it: no wrapper has a message of its own.
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

    /** The main task has ended as cancelled. Returns only if no signal cancelled it. */
    void exit() {
        Signals.Signal signal = cause;
        if (signal != null) System.exit(signal.exitCode());
    }
}
