package io.loomline.datagram;

import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;

/** A packet that was received. */
public final class Datagram {
    private final SocketAddress sender;
    private final byte[] bytes;

    Datagram(SocketAddress sender, byte[] bytes) {
        this.sender = sender;
        this.bytes = bytes;
    }

    /**
     * Who sent it, as the packet says: UDP proves nothing.
     *
     * @return the address
     */
    public SocketAddress sender() {
        return sender;
    }

    /**
     * What was sent.
     *
     * @return the bytes, the caller's to change
     */
    public byte[] bytes() {
        return bytes;
    }

    /**
     * What was sent, as UTF-8.
     *
     * @return the text; what is malformed in it is replaced by U+FFFD
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
