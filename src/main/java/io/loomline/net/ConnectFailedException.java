package io.loomline.net;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.List;
import java.util.stream.Collectors;

/**
 * None of the addresses of a host could be connected to. The message names every address and why it
 * failed; the causes are suppressed on this exception, in the order in which they were tried.
 */
public final class ConnectFailedException extends IOException {
    private static final long serialVersionUID = 1;

    /** One attempt that failed. */
    record Attempt(SocketAddress address, IOException cause) {
        @Override
        public String toString() {
            return address + ": " + cause.getMessage();
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
}
