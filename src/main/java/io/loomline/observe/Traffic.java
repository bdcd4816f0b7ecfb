package io.loomline.observe;

import java.net.SocketAddress;

/**
 * The peer of a connection, and what was exchanged with it.
 *
 * @param peer the address of the peer
 * @param local the address of this side
 * @param bytesRead the bytes that the handler has read
 * @param bytesWritten the bytes that the handler has written, sent or not
 */
public record Traffic(SocketAddress peer, SocketAddress local, long bytesRead, long bytesWritten) {}
