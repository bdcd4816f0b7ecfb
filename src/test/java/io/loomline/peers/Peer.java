package io.loomline.peers;

import java.io.IOException;

/**
 * The other end of a connection: a program or library other than Loomline. Every method blocks
 * until it is done.
 */
interface Peer extends AutoCloseable {
    /** The port of a peer that listens. */
    int port();

    /** Accepts the connection to its port. */
    void accept() throws Exception;

    /** Sends text unchanged. */
    void send(String text) throws Exception;

    /** Reads a line; null at the end. */
    String readLine() throws Exception;

    /** Sends numbered lines and reads their echo at the same time; fails on a difference. */
    void exchangeLines(int count) throws Exception;

    /** Echoes {@code count} lines, one by one. */
    void echoLines(int count) throws Exception;

    /** Sends random bytes and reads their echo at the same time; fails on a difference. */
    void exchangeBytes(long count) throws Exception;

    /** Reads all bytes up to the end. */
    Bulk.Sum sumToTheEnd() throws Exception;

    /** Whether {@link #readLine} reports our end while the peer's own output is open. */
    default boolean showsTheEnd() {
        return true;
    }

    /** Ends its output; it can still read. */
    void endOutput() throws Exception;

    /** Stops reading, if {@link #reset} needs that. */
    default void freeze() throws Exception {}

    /** Resets the connection. Both sides lose their unread bytes. */
    void reset() throws Exception;

    /** Ends as a program that is killed. */
    void vanish() throws Exception;

    @Override
    void close() throws IOException;
}
