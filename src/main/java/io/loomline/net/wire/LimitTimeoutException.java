package io.loomline.net.wire;

import io.loomline.stream.Recoverable;

import org.jspecify.annotations.Nullable;

import java.net.SocketTimeoutException;

/** A limit that has expired in a call that moved no byte. */
public final class LimitTimeoutException extends SocketTimeoutException implements Recoverable {
    private static final long serialVersionUID = 1;

    public LimitTimeoutException(@Nullable String message) {
        super(message);
    }

    /** The exception of a later call that fails for the same reason. */
    public LimitTimeoutException again() {
        var later = new LimitTimeoutException(getMessage());
        later.initCause(this);
        return later;
    }

    /** The exception of a call that was cut after some of its bytes. */
    public SocketTimeoutException unrecoverable() {
        var cut = new SocketTimeoutException(getMessage());
        cut.initCause(this);
        return cut;
    }
}
