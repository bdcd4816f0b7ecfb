package io.loomline.protocol;

import io.loomline.stream.LineFormat;
import io.loomline.stream.LineTooLongException;

import java.io.IOException;

/**
 * A protocol that receives lines instead of bytes. Lines are read as {@link
 * io.loomline.net.Connection#readLine} does, with the same terminators, charset and limit. A line
 * that is too long or malformed causes another callback in place of {@link #lineReceived}, and
 * reading continues after it. While reading is paused, lines stay in the connection's buffer, so a
 * pause within a burst loses no line and keeps their order.
 */
public interface LineProtocol extends Protocol {
    /**
     * The terminator, charset and limit of lines. Called once, before {@link #connected}.
     *
     * @return the format
     */
    default LineFormat lineFormat() {
        return LineFormat.DEFAULT;
    }

    /**
     * The delimiter of lines, in place of the terminator of {@link #lineFormat}.
     *
     * @return the bytes of the delimiter; empty for the terminator of the format
     */
    default byte[] delimiter() {
        return new byte[0];
    }

    /**
     * A line was received.
     *
     * @param line the line, without its terminator
     * @throws Exception any exception ends the connection
     */
    void lineReceived(String line) throws Exception;

    /**
     * A line was longer than the limit; all of it is dropped. By default this logs the exception
     * and closes the transport once everything written is sent; {@link #disconnected} then gets the
     * exception. A protocol that overrides this receives the lines after it.
     *
     * @param e the exception, with the limit
     * @throws Exception any exception ends the connection
     */
    default void lineTooLong(LineTooLongException e) throws Exception {
        CurrentTransport.refuse(e);
    }

    /**
     * A line was malformed, and the format {@linkplain LineFormat#malformed rejects} such lines; it
     * is dropped. By default this logs the exception and closes the transport, as {@link
     * #lineTooLong} does. A protocol that overrides this receives the lines after it.
     *
     * @param e a {@link java.nio.charset.CharacterCodingException} if the line is not valid text of
     *     the charset; a {@link java.net.ProtocolException} if it contains a CR or LF alone and the
     *     format requires CRLF
     * @throws Exception any exception ends the connection
     */
    default void malformed(IOException e) throws Exception {
        CurrentTransport.refuse(e);
    }
}
