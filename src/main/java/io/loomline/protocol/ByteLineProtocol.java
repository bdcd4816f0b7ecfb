package io.loomline.protocol;

import io.loomline.stream.LineFormat;
import io.loomline.stream.LineTooLongException;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A protocol that receives lines as bytes of any value: no charset applies. Lines are read as
 * {@link io.loomline.net.Connection#readLineBytes} does, with the same terminators and limit. In
 * all other respects it is a {@link LineProtocol}.
 */
public interface ByteLineProtocol extends Protocol {
    /**
     * The terminator and limit of lines. Called once, before {@link #connected}.
     *
     * @return the format
     */
    default LineFormat lineFormat() {
        return LineFormat.DEFAULT;
    }

    /**
     * A line was received.
     *
     * @param line the line, without its terminator; the buffer is the protocol's
     * @throws Exception any exception ends the connection
     */
    void lineReceived(ByteBuffer line) throws Exception;

    /**
     * A line was longer than the limit; all of it is dropped. By default this ends the connection
     * as {@link LineProtocol#lineTooLong} does. A protocol that overrides this receives the lines
     * after it.
     *
     * @param e the exception, with the limit
     * @throws Exception any exception ends the connection
     */
    default void lineTooLong(LineTooLongException e) throws Exception {
        CurrentTransport.refuse(e);
    }

    /**
     * A line contains a CR or LF alone, and the format requires CRLF; it is dropped. By default
     * this ends the connection as {@link LineProtocol#lineTooLong} does. A protocol that overrides
     * this receives the lines after it.
     *
     * @param e a {@link java.net.ProtocolException}
     * @throws Exception any exception ends the connection
     */
    default void malformed(IOException e) throws Exception {
        CurrentTransport.refuse(e);
    }
}
