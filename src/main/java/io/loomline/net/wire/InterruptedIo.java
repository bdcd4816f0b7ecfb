package io.loomline.net.wire;

import io.loomline.log.ErrorText;

import java.io.InterruptedIOException;

/**
 * Converts an {@link InterruptedException}, for methods that may throw only an {@link
 * java.io.IOException}.
 */
public final class InterruptedIo {
    private InterruptedIo() {}

    /** Sets the interrupt status too, because the exception's type no longer shows the cancel. */
    public static InterruptedIOException of(InterruptedException e) {
        Thread.currentThread().interrupt();
        var interrupted = new InterruptedIOException(ErrorText.of(e));
        interrupted.initCause(e);
        return interrupted;
    }
}
