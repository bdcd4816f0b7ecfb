package io.loomline.driver;

/**
 * How the kernel treats a socket. A driver leaves out what its kind of channel does not have: a
 * Unix-domain socket has only the sizes, memory has nothing of it.
 *
 * @param tcpNoDelay whether small writes leave at once instead of waiting for the acknowledgement
 *     of earlier ones: TCP_NODELAY in tcp(7)
 * @param keepAlive whether the kernel asks a silent peer now and then whether it is still there:
 *     SO_KEEPALIVE in socket(7)
 * @param sendBufferBytes how much the kernel holds that is on its way out: SO_SNDBUF; a hint, 0
 *     leaves it to the kernel
 * @param receiveBufferBytes how much the kernel holds that nobody has read: SO_RCVBUF; a hint, 0
 *     leaves it to the kernel
 */
public record SocketOptions(
        boolean tcpNoDelay, boolean keepAlive, int sendBufferBytes, int receiveBufferBytes) {
    /** Small writes leave at once, no keep-alive, and sizes as the kernel sees fit. */
    public static final SocketOptions DEFAULT = new SocketOptions(true, false, 0, 0);

    /**
     * Checks the options.
     *
     * @throws IllegalArgumentException if a size is negative
     */
    public SocketOptions {
        requireSize("sendBufferBytes", sendBufferBytes);
        requireSize("receiveBufferBytes", receiveBufferBytes);
    }

    private static void requireSize(String name, int bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException(name + " " + bytes + ": expected 0 or more");
        }
    }

    /**
     * A copy with TCP_NODELAY on or off.
     *
     * @param tcpNoDelay whether small writes leave at once
     * @return the copy
     */
    public SocketOptions withTcpNoDelay(boolean tcpNoDelay) {
        return new SocketOptions(tcpNoDelay, keepAlive, sendBufferBytes, receiveBufferBytes);
    }

    /**
     * A copy with SO_KEEPALIVE on or off.
     *
     * @param keepAlive whether the kernel asks a silent peer whether it is still there
     * @return the copy
     */
    public SocketOptions withKeepAlive(boolean keepAlive) {
        return new SocketOptions(tcpNoDelay, keepAlive, sendBufferBytes, receiveBufferBytes);
    }

    /**
     * A copy with another send buffer.
     *
     * @param sendBufferBytes its size, a hint; 0 leaves it to the kernel
     * @return the copy
     */
    public SocketOptions withSendBufferBytes(int sendBufferBytes) {
        return new SocketOptions(tcpNoDelay, keepAlive, sendBufferBytes, receiveBufferBytes);
    }

    /**
     * A copy with another receive buffer.
     *
     * @param receiveBufferBytes its size, a hint; 0 leaves it to the kernel
     * @return the copy
     */
    public SocketOptions withReceiveBufferBytes(int receiveBufferBytes) {
        return new SocketOptions(tcpNoDelay, keepAlive, sendBufferBytes, receiveBufferBytes);
    }
}
