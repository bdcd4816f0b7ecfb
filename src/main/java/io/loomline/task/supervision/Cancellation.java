package io.loomline.task.supervision;

import org.jspecify.annotations.Nullable;

import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileLockInterruptionException;
import java.util.concurrent.CancellationException;

/**
 * The record of one cancel: what was cancelled, and why. Code is cancelled if it finds such a
 * record; an interrupt only wakes a blocked thread so that it looks for one.
 *
 * @param reason why, as given by the caller that cancelled
 * @param message the message of the exceptions; made once, because thousands of tasks may throw one
 */
public record Cancellation(String reason, String message) {
    /** Used when there is no memory to create another one. */
    public static final Cancellation UNEXPLAINED =
            of("unknown scope", "unknown, because memory ran out");

    /** The cancel of a scope, such as {@code group 'server'}, for a reason. */
    public static Cancellation of(String source, String reason) {
        return new Cancellation(reason, "cancelled: " + reason + " (" + source + ")");
    }

    public InterruptedException toException() {
        return new InterruptedException(message);
    }

    /**
     * Whether an exception has a type that a cancel can cause, directly or in the JDK's streams.
     */
    public static boolean causes(@Nullable Throwable e) {
        try {
            return isOfCancel(e);
        } catch (Throwable broken) { // thrown by an overridden getCause
            return false;
        }
    }

    private static boolean isOfCancel(@Nullable Throwable e) {
        return switch (e) {
            case SocketTimeoutException _ -> false;
            case InterruptedException _ -> true;
            case InterruptedIOException _ -> true;
            case ClosedByInterruptException _ -> true;
            case FileLockInterruptionException _ -> true;
            case CancellationException _ -> true;
            case UncheckedIOException unchecked -> isOfCancel(unchecked.getCause());
            case null, default -> false;
        };
    }
}
