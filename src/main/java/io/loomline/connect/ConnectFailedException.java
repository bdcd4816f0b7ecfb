package io.loomline.connect;

import static java.util.stream.Collectors.joining;

import io.loomline.log.ErrorText;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketAddress;
import java.util.List;

/**
 * No connection could be made. The message names every address that was tried and why it failed, or
 * the proxy. The causes are suppressed on this exception, in the order of the attempts.
 */
public final class ConnectFailedException extends ConnectException {
    private static final long serialVersionUID = 1;

    private final transient List<Attempt> attempts;

    /**
     * One attempt that failed.
     *
     * @param address the address that was tried
     * @param cause why it failed: a {@link ConnectException} if it was refused
     */
    public record Attempt(SocketAddress address, IOException cause) {
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
                        .collect(joining("; ", "cannot connect to " + target + ": ", "")));
        this.attempts = List.copyOf(attempts);
        for (Attempt attempt : attempts) addSuppressed(attempt.cause());
    }

    /** The proxy could not be reached, or did not connect to the target. */
    ConnectFailedException(String target, Proxy proxy, IOException cause) {
        super("cannot connect to " + target + " through " + proxy + ": " + ErrorText.of(cause));
        this.attempts =
                cause instanceof ConnectFailedException unreached
                        ? unreached.attempts
                        : List.of(new Attempt(proxy.address(), cause));
        addSuppressed(cause);
    }

    /**
     * The addresses that were tried, in the order of the attempts, and why each failed. Through a
     * proxy they are the proxy's.
     *
     * @return the attempts; none if this exception was deserialized
     */
    public List<Attempt> attempts() {
        return attempts == null ? List.of() : attempts;
    }
}
