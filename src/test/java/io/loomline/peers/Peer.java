package io.loomline.peers;

import java.io.IOException;

/**
 * The other end of a connection: a program or a library that is not ours. Every method blocks until
 * it is through.
 */
interface Peer extends AutoCloseable {
    /** The port at which it listens, if it does. */
    int port();

    /** Takes the connection that was made to its port. */
    void accept() throws Exception;

    /** Sends text as it is. */
    void send(String text) throws Exception;

    /** Reads a line; null at the end. */
    String readLine() throws Exception;

    /** Sends numbered lines and, at the same time, reads as many: fails if one is another. */
    void exchangeLines(int count) throws Exception;

    /** Sends so many lines back, each as it comes. */
    void echoLines(int count) throws Exception;

    /** Sends random bytes and, at the same time, reads as many: fails if they are others. */
    void exchangeBytes(long count) throws Exception;

    /** Reads everything up to the end. */
    Bulk.Sum sumToTheEnd() throws Exception;

    /** Whether {@link #readLine} says that we have ended our output while the peer has not. */
    default boolean showsTheEnd() {
        return true;
    }

    /** Ends its output and goes on reading. */
    void endOutput() throws Exception;

    /** Stops reading for good, where that is what {@link #reset} needs. */
    default void freeze() throws Exception {}

    /** Resets the connection: what it has not read by then is lost on both sides. */
    void reset() throws Exception;

    /** Ends without a word, as a program that is killed. */
    void vanish() throws Exception;

    @Override
    void close() throws IOException;
}
