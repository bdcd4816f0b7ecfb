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
 * @param source the scope that was cancelled, such as {@code group 'server'}
 * @param reason why, as given by the caller that cancelled
 */
public record Cancellation(String source, String reason) {
    /** Used when there is no memory to create another one. */
    public static final Cancellation UNEXPLAINED =
            new Cancellation("unknown scope", "unknown, because memory ran out");

    public InterruptedException toException() {
        return new InterruptedException("cancelled: " + reason + " (" + source + ")");
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
