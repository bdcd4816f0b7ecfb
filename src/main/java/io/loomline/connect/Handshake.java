package io.loomline.connect;

import io.loomline.net.Connection;

import java.io.IOException;

/** What is said to a proxy before the connection through it stands. */
interface Handshake {
    /**
     * Asks the proxy, over a connection to it, and waits for the answer. Takes no byte that comes
     * after the answer.
     *
     * @throws IOException if the proxy refuses, or answers what it must not; says what
     */
    void run(Connection proxy) throws IOException, InterruptedException;
}
