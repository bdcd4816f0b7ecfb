package io.loomline.datagram;

import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;

/** A received packet. */
public final class Datagram {
    private final SocketAddress sender;
    private final byte[] bytes;

    Datagram(SocketAddress sender, byte[] bytes) {
        this.sender = sender;
        this.bytes = bytes;
    }

    /**
     * The address in the packet, which UDP does not authenticate.
     *
     * @return the address
     */
    public SocketAddress sender() {
        return sender;
    }

    /**
     * The content of the packet.
     *
     * @return the bytes; the caller may change them
     */
    public byte[] bytes() {
        return bytes;
    }

    /**
     * The content of the packet, decoded as UTF-8.
     *
     * @return the text; U+FFFD replaces malformed bytes
     */
    public String text() {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** The sender and the length. */
    @Override
    public String toString() {
        return "datagram of " + bytes.length + " bytes from " + sender;
    }
}
