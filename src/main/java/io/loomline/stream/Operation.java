package io.loomline.stream;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Locale;
import java.util.Objects;

/**
 * Something that happened on a connection while its operations were recorded.
 *
 * @param kind what it was
 * @param bytes how many bytes were moved; 0 unless it is a read or a write
 * @param waited for how long the connection had waited for the peer before it
 * @param ago how long before the reading of the record it happened
 * @param failure the simple name of the class of the exception; null if it has succeeded
 */
public record Operation(
        Kind kind, long bytes, Duration waited, Duration ago, @Nullable String failure) {
    /** A kind of operation. */
    public enum Kind {
        /** Bytes have arrived. */
        READ,
        /** The kernel has taken bytes. */
        WRITE,
        /** The peer has ended its output. */
        INPUT_END,
        /** This side has ended its output. */
        OUTPUT_END,
        /** This side has closed the connection. */
        CLOSE,
        /** This side has reset the connection. */
        ABORT
    }

    /** An operation. */
    public Operation {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(waited, "waited");
        Objects.requireNonNull(ago, "ago");
    }

    /** One line, such as {@code read 64 B after 1.250 s, 0.003 s ago}. */
    @Override
    public String toString() {
        var text = new StringBuilder(kind.name().toLowerCase(Locale.ROOT).replace('_', ' '));
        if (bytes > 0) text.append(' ').append(bytes).append(" B");
        if (failure != null) text.append(" failed: ").append(failure);
        if (waited.toMillis() > 0) text.append(" after ").append(seconds(waited));
        return text.append(", ").append(seconds(ago)).append(" ago").toString();
    }

    private static String seconds(Duration time) {
        return String.format(Locale.ROOT, "%.3f s", time.toMillis() / 1000.0);
    }
}
