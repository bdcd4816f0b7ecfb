package io.loomline.driver.unix;

import org.jspecify.annotations.Nullable;

import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;

/**
 * The address of a Unix-domain socket that has none, as those that connect mostly do: unix(7). It
 * says whose client it is, so that messages about it say something.
 */
public final class ClientAddress extends SocketAddress {
    private static final long serialVersionUID = 1;

    private final String server;

    private ClientAddress(SocketAddress server) {
        this.server = server.toString();
    }

    /**
     * The address of one end, or what stands for it.
     *
     * @param end the end
     * @param other the other end
     * @return the first if it has a name
     */
    public static SocketAddress of(SocketAddress end, SocketAddress other) {
        boolean isUnnamed =
                end instanceof UnixDomainSocketAddress unix && unix.getPath().toString().isEmpty();
        return isUnnamed ? new ClientAddress(other) : end;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ClientAddress client && client.server.equals(server);
    }

    @Override
    public int hashCode() {
        return server.hashCode();
    }

    @Override
    public String toString() {
        return "a client of " + server;
    }
}
