package io.loomline.datagram;

import io.loomline.stream.SkippedInput;

import java.io.IOException;
import java.net.SocketAddress;

/**
 * Thrown by a receive of a packet that exceeds the limit or the target buffer. The packet is lost,
 * and the next receive returns the next packet.
 */
public final class DatagramTooLongException extends IOException implements SkippedInput {
    private static final long serialVersionUID = 1;

    private final transient SocketAddress sender;

    /** In bytes. */
    private final int limitBytes;

    DatagramTooLongException(SocketAddress sender, int limitBytes) {
        super("a packet from " + sender + " is longer than " + limitBytes + " bytes");
        this.sender = sender;
        this.limitBytes = limitBytes;
    }

    /**
     * The sender.
     *
     * @return the address
     */
    public SocketAddress sender() {
        return sender;
    }

    /**
     * The limit that the packet exceeds.
     *
     * @return the number of bytes
     */
    public int limitBytes() {
        return limitBytes;
    }
}
