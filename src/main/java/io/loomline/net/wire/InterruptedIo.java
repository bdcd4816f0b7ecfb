package io.loomline.net.wire;

import io.loomline.log.ErrorText;

import java.io.InterruptedIOException;

/** A cancel, for methods that may throw only an {@link java.io.IOException}. */
public final class InterruptedIo {
    private InterruptedIo() {}

    /** Sets the interrupt status, which is the only other sign of the cancel. */
    public static InterruptedIOException of(InterruptedException e) {
        Thread.currentThread().interrupt();
        var interrupted = new InterruptedIOException(ErrorText.of(e));
        interrupted.initCause(e);
        return interrupted;
    }
}
