package io.loomline.protocol;

import io.loomline.net.Connection;
import io.loomline.net.ConnectionHandler;

import java.util.Objects;
import java.util.function.Supplier;

/** Runs protocols in callback style over connections. */
public final class Protocols {
    private Protocols() {}

    /**
     * A handler that gives each connection a protocol of its own, for {@code Runtime.listen}.
     *
     * @param protocols supplies a new protocol for each connection
     * @return the handler, which returns when the connection has ended
     */
    public static ConnectionHandler handler(Supplier<? extends Protocol> protocols) {
        return handler(ProtocolOptions.DEFAULT, protocols);
    }

    /**
     * A handler that gives each connection a protocol of its own.
     *
     * @param options how many unsent bytes a connection may buffer
     * @param protocols supplies a new protocol for each connection
     * @return the handler, which returns when the connection has ended
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
     * Runs a protocol over a connection until the connection has ended, then closes it.
     * <i>Blocks.</i> All callbacks run on the calling thread.
     *
     * @param connection the connection; other code must not read from it or write to it, and what
     *     {@link Connection#onDrain} has set before is replaced by {@link Protocol#draining}
     * @param protocol its callbacks
     * @throws InterruptedException if the caller was cancelled, after {@link Protocol#disconnected}
     */
    public static void run(Connection connection, Protocol protocol) throws InterruptedException {
        run(connection, protocol, ProtocolOptions.DEFAULT);
    }

    /**
     * Runs a protocol over a connection until the connection has ended, then closes it.
     * <i>Blocks.</i> All callbacks run on the calling thread.
     *
     * @param connection the connection; other code must not read from it or write to it, and what
     *     {@link Connection#onDrain} has set before is replaced by {@link Protocol#draining}
     * @param protocol its callbacks
     * @param options how many unsent bytes a connection may buffer
     * @throws InterruptedException if the caller was cancelled, after {@link Protocol#disconnected}
     */
    public static void run(Connection connection, Protocol protocol, ProtocolOptions options)
            throws InterruptedException {
        Objects.requireNonNull(connection, "connection");
        Objects.requireNonNull(protocol, "protocol");
        ProtocolDriver.run(connection, protocol, Objects.requireNonNull(options, "options"));
    }
}
