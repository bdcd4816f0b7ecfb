package io.loomline.protocol;

import io.loomline.net.LineFormat;

/**
 * A protocol of lines: instead of bytes it receives lines, as {@link
 * io.loomline.net.Connection#readLine} reads them, with the same terminators, charset and limit.
 * Lines that came together stay in the connection's buffer while reading is paused, so a pause in
 * the middle of a burst loses none and keeps their order.
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
}
