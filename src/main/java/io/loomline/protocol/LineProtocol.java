package io.loomline.protocol;

import io.loomline.stream.LineFormat;
import io.loomline.stream.LineTooLongException;

import java.io.IOException;

/**
 * A protocol of lines: instead of bytes it receives lines, as {@link
 * io.loomline.net.Connection#readLine} reads them, with the same terminators, charset and limit. A
 * line that is refused, because it is too long or is not text, is told in place of a line; reading
 * goes on behind it. Lines that came together stay in the connection's buffer while reading is
 * paused, so a pause in the middle of a burst loses none and keeps their order.
 */
public interface LineProtocol extends Protocol {
    /**
     * What a line is: its terminator, charset and limit. Asked for once, before {@link #connected}.
     *
     * @return the format
     */
    default LineFormat lineFormat() {
        return LineFormat.DEFAULT;
    }

    /**
     * What ends a line, if it is not what the format says.
     *
     * @return the bytes; none for the ending of {@link #lineFormat}
     */
    default byte[] delimiter() {
        return new byte[0];
    }

    /**
     * A line has come.
     *
     * @param line the line, without its terminator
     * @throws Exception what ends the connection
     */
    void lineReceived(String line) throws Exception;

    /**
     * A line was longer than the limit; what came of it is dropped, and so is its rest. By default
     * this is logged, and the transport is closed after what was written is sent; {@link
     * #disconnected} then gets the exception. A protocol that overrides this receives the lines
     * behind it.
     *
     * @param e says how long it may be
     * @throws Exception what ends the connection
     */
    default void lineTooLong(LineTooLongException e) throws Exception {
        CurrentTransport.refuse(e);
    }

    /**
     * A line was malformed, and is dropped. By default this is logged, and the transport is closed
     * as by {@link #lineTooLong}. A protocol that overrides this receives the lines behind it.
     *
     * @param e a {@link java.nio.charset.CharacterCodingException} if it is not text of the
     *     charset; a {@link java.net.ProtocolException} if a CR or LF stands alone where the format
     *     wants both
     * @throws Exception what ends the connection
     */
    default void malformed(IOException e) throws Exception {
        CurrentTransport.refuse(e);
    }
}
