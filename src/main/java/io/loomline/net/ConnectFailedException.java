package io.loomline.net;

import io.loomline.log.ErrorText;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A connection could not be made. The message names every address that was tried, or the proxy, and
 * why it failed; the causes are suppressed on this exception, in the order in which they were
 * tried.
 */
public final class ConnectFailedException extends IOException {
    private static final long serialVersionUID = 1;

    /** One attempt that failed. */
    record Attempt(SocketAddress address, IOException cause) {
        @Override
        public String toString() {
            return address + ": " + ErrorText.of(cause);
        }

        IOException toException() {
            return new IOException(toString(), cause);
        }
    }

    ConnectFailedException(String target, List<Attempt> attempts) {
        super(
                attempts.stream()
                        .map(Attempt::toString)
                        .collect(
                                Collectors.joining(
                                        "; ", "cannot connect to " + target + ": ", "")));
        for (Attempt attempt : attempts) addSuppressed(attempt.cause());
    }

    /** A proxy was reached, or not, and the target through it was not. */
    ConnectFailedException(String target, Proxy proxy, IOException cause) {
        super("cannot connect to " + target + " through " + proxy + ": " + ErrorText.of(cause));
        addSuppressed(cause);
    }
}
