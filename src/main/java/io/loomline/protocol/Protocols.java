package io.loomline.protocol;

import io.loomline.net.Connection;
import io.loomline.net.ConnectionHandler;

import java.util.Objects;
import java.util.function.Supplier;

/** Runs connections in callback style. */
public final class Protocols {
    private Protocols() {}

    /**
     * A handler that gives each connection a protocol of its own, for {@code Runtime.listen}.
     *
     * @param protocols makes a new protocol for each connection
     * @return the handler; it returns when the connection is over
     */
    public static ConnectionHandler handler(Supplier<? extends Protocol> protocols) {
        return handler(ProtocolOptions.DEFAULT, protocols);
    }

    /**
     * A handler that gives each connection a protocol of its own.
     *
     * @param options how much may be unsent
     * @param protocols makes a new protocol for each connection
     * @return the handler; it returns when the connection is over
     */
    public static ConnectionHandler handler(
            ProtocolOptions options, Supplier<? extends Protocol> protocols) {
        Objects.requireNonNull(options, "options");
        Objects.requireNonNull(protocols, "protocols");
        return connection -> {
            Protocol protocol = protocols.get();
            run(connection, Objects.requireNonNull(protocol, "supplied protocol"), options);
        };
    }

    /**
     * Drives one connection until it is over, then closes it. <i>Blocks.</i> All callbacks run on
     * the calling thread.
     *
     * @param connection the connection; nobody else may read from it or write to it
     * @param protocol what it does
     * @throws InterruptedException if the caller was cancelled; {@link Protocol#disconnected} has
     *     been told so
     */
    public static void run(Connection connection, Protocol protocol) throws InterruptedException {
        run(connection, protocol, ProtocolOptions.DEFAULT);
    }

    /**
     * Drives one connection until it is over, then closes it. <i>Blocks.</i> All callbacks run on
     * the calling thread.
     *
     * @param connection the connection; nobody else may read from it or write to it
     * @param protocol what it does
     * @param options how much may be unsent
     * @throws InterruptedException if the caller was cancelled; {@link Protocol#disconnected} has
     *     been told so
     */
    public static void run(Connection connection, Protocol protocol, ProtocolOptions options)
            throws InterruptedException {
        Objects.requireNonNull(connection, "connection");
        Objects.requireNonNull(protocol, "protocol");
        ProtocolDriver.run(connection, protocol, Objects.requireNonNull(options, "options"));
    }
}
