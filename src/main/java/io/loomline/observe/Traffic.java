package io.loomline.observe;

import java.net.SocketAddress;

/**
 * The peer of a connection, and what was exchanged with it.
 *
 * @param peer the address of the peer
 * @param bytesRead the bytes that the handler has read
 * @param bytesWritten the bytes that the handler has written, sent or not
 */
public record Traffic(SocketAddress peer, long bytesRead, long bytesWritten) {}
