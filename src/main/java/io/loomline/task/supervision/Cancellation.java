package io.loomline.task.supervision;

import org.jspecify.annotations.Nullable;

import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileLockInterruptionException;
import java.util.concurrent.CancellationException;

/**
 * The record of one cancel: what was cancelled, and why. It is the truth; an interrupt is only the
 * wake-up that makes a blocked thread look at it.
 *
 * @param source the scope that was cancelled, such as {@code group 'server'}
 * @param reason why, in the words of whoever cancelled
 */
public record Cancellation(String source, String reason) {
    /** What is left to say where there is no memory for more. */
    public static final Cancellation UNEXPLAINED =
            new Cancellation("no memory to say what", "no memory to say why");

    public InterruptedException toException() {
        return new InterruptedException("cancelled: " + reason + " (" + source + ")");
    }

    /** Whether an exception is how a cancel shows: as itself, or through the JDK's streams. */
    public static boolean causes(@Nullable Throwable e) {
        try {
            return isItsShape(e);
        } catch (Throwable broken) { // an exception is code, and may fail when asked for its cause
            return false;
        }
    }

    private static boolean isItsShape(@Nullable Throwable e) {
        return switch (e) {
            case SocketTimeoutException _ -> false;
            case InterruptedException _ -> true;
            case InterruptedIOException _ -> true;
            case ClosedByInterruptException _ -> true;
            case FileLockInterruptionException _ -> true;
            case CancellationException _ -> true;
            case UncheckedIOException unchecked -> isItsShape(unchecked.getCause());
            case null, default -> false;
        };
    }
}
