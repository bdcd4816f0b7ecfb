package io.loomline.datagram;

import java.io.IOException;
import java.net.SocketAddress;

/**
 * A packet was longer than the limit, or than the buffer that it was to go to. It is lost; the next
 * receive gets the next packet.
 */
public final class DatagramTooLongException extends IOException {
    private static final long serialVersionUID = 1;

    private final transient SocketAddress sender;

    /** What would have fit. */
    private final int limitBytes;

    DatagramTooLongException(SocketAddress sender, int limitBytes) {
        super("a packet from " + sender + " is longer than " + limitBytes + " bytes");
        this.sender = sender;
        this.limitBytes = limitBytes;
    }

    /**
     * Who sent it.
     *
     * @return the address
     */
    public SocketAddress sender() {
        return sender;
    }

    /**
     * What would have fit.
     *
     * @return bytes
     */
    public int limitBytes() {
        return limitBytes;
    }
}
