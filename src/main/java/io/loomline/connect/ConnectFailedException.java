package io.loomline.connect;

import static java.util.stream.Collectors.joining;

import io.loomline.log.ErrorText;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketAddress;
import java.util.List;

/**
 * No connection could be established. The message names every address that was tried, or the proxy,
 * and the reason. The causes are suppressed exceptions of this one, in the order of the attempts.
 */
public final class ConnectFailedException extends ConnectException {
    private static final long serialVersionUID = 1;

    private final transient List<Attempt> attempts;

    /**
     * One attempt that failed. With the drivers of this library, the type of the cause tells the
     * reason:
     *
     * <table>
     *   <caption>reasons and the types of their causes</caption>
     *   <tr><td>the connection was refused</td><td>{@link ConnectException}</td></tr>
     *   <tr><td>the host is unreachable</td><td>{@link java.net.NoRouteToHostException}</td></tr>
     *   <tr><td>the proxy's name has no address</td>
     *     <td>{@link java.net.UnknownHostException}</td></tr>
     *   <tr><td>the attempt ended before it was answered</td>
     *     <td>{@link java.net.SocketTimeoutException}</td></tr>
     *   <tr><td>the local address cannot be used, or access is denied</td><td>{@link java.net.BindException}</td></tr>
     *   <tr><td>another error of the network</td><td>{@link java.net.SocketException}</td></tr>
     *   <tr><td>anything else, such as a refusal by the proxy</td><td>{@link IOException}</td></tr>
     * </table>
     *
     * <p>The kernel's own timeout, which takes minutes, is a {@link ConnectException} too.
     *
     * @param address the address that was tried
     * @param cause why the attempt failed
     */
    public record Attempt(SocketAddress address, IOException cause) {
        /** The address and the reason. */
        @Override
        public String toString() {
            return AddressText.numeric(address) + ": " + ErrorText.of(cause);
        }

        IOException toException() {
            return new IOException(toString(), cause);
        }
    }

    ConnectFailedException(SocketAddress target, List<Attempt> attempts) {
        super("cannot connect to " + AddressText.of(target) + ": " + reasons(target, attempts));
        this.attempts = List.copyOf(attempts);
        for (Attempt attempt : attempts) addSuppressed(attempt.cause());
    }

    /** The proxy could not be reached, or did not connect to the target. */
    ConnectFailedException(SocketAddress target, Proxy proxy, IOException cause) {
        super(
                "cannot connect to "
                        + AddressText.of(target)
                        + " through "
                        + proxy
                        + ": "
                        + reason(proxy, cause));
        this.attempts =
                cause instanceof ConnectFailedException unreached
                        ? unreached.attempts
                        : List.of(new Attempt(proxy.address(), cause));
        addSuppressed(cause);
    }

    /** Why each attempt failed, without the address of an attempt at the target itself. */
    private static String reasons(SocketAddress target, List<Attempt> attempts) {
        return attempts.stream().map(attempt -> reason(target, attempt)).collect(joining("; "));
    }

    private static String reason(SocketAddress target, Attempt attempt) {
        return AddressText.isSame(target, attempt.address())
                ? ErrorText.of(attempt.cause())
                : attempt.toString();
    }

    private static String reason(Proxy proxy, IOException cause) {
        return cause instanceof ConnectFailedException unreached
                ? reasons(proxy.address(), unreached.attempts)
                : ErrorText.of(cause);
    }

    /**
     * The addresses that were tried, in the order of the attempts, and why each failed. Through a
     * proxy they are the proxy's addresses.
     *
     * @return the attempts; empty if this exception was deserialized
     */
    public List<Attempt> attempts() {
        return attempts == null ? List.of() : attempts;
    }
}
