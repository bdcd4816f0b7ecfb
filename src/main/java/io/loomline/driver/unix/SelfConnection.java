package io.loomline.driver.unix;

import java.net.ConnectException;
import java.net.SocketAddress;

/**
 * A connection between a client and itself. It arises if no server listens at a port of this
 * machine and the kernel chooses the same port for the client: its SYN then answers itself.
 *
 * <p><i>Source:</i> <a href="https://www.rfc-editor.org/rfc/rfc9293#section-3.5">RFC 9293</a>: "A
 * TCP implementation MUST support simultaneous open attempts".
 */
public final class SelfConnection {
    private SelfConnection() {}

    /**
     * Refuses a connection of a client with itself.
     *
     * @param local the client's address
     * @param remote the address that it is connected to
     * @throws ConnectException if the addresses are equal
     */
    public static void refuse(SocketAddress local, SocketAddress remote) throws ConnectException {
        if (!local.equals(remote)) return;
        throw new ConnectException("Connection refused: the client was connected to itself");
    }
}
