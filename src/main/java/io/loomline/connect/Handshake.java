package io.loomline.connect;

import io.loomline.net.Connection;

import java.io.IOException;

/** Asks a proxy to connect to a target. */
interface Handshake {
    /**
     * Sends the request over a connection to the proxy and reads the reply, and no byte beyond it.
     *
     * @throws IOException if the proxy refuses or its reply violates the protocol; the message has
     *     the reason
     */
    void run(Connection proxy) throws IOException, InterruptedException;
}
