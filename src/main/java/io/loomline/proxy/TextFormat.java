package io.loomline.proxy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.loomline.log.LogText;

import org.jspecify.annotations.Nullable;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.regex.Pattern;

/**
 * Version 1 of the header: a line of text.
 *
 * <p><i>Source:</i> <a
 * href="https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt">proxy-protocol.txt</a>: "It
 * consists in one line of US-ASCII text matching exactly the following block, sent immediately and
 * at once upon the connection establishment and prepended before any data flowing from the sender
 * to the receiver".
 */
final class TextFormat {
    static final String START = "PROXY ";

    /** {@code PROXY UNKNOWN} and CRLF. */
    static final int LEAST_BYTES = 15;

    // https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt
    // "If the CRLF sequence is not found in the first 107 characters, the receiver should declare
    // the line invalid."
    static final int MOST_BYTES = 107;

    private static final String UNKNOWN = "UNKNOWN";
    private static final String END = "\r\n";

    /** The keyword, the protocol, two addresses and two ports. */
    private static final int FIELDS = 6;

    // https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt
    // "the TCP source port represented as a decimal integer in the range [0..65535] inclusive.
    // Heading zeroes are not permitted in front of numbers in order to avoid any possible confusion
    // with octal numbers."
    private static final Pattern PORT = Pattern.compile("0|[1-9][0-9]{0,4}");

    private static final int MOST_PORT = 0xffff;

    private TextFormat() {}

    /**
     * How many more bytes certainly belong to the line; 0 if it is complete. Reading them does not
     * read beyond the line.
     */
    static int missing(byte[] bytes, int length) throws ProxyHeaderException {
        String line = new String(bytes, 0, length, ISO_8859_1);
        requireNoLoneEnd(line);
        int end = line.indexOf(END);
        if (end >= 0 && end + END.length() < length) throw malformed(line.substring(0, end));
        if (end >= 0) return 0;
        if (length >= MOST_BYTES) {
            throw new ProxyHeaderException("no CRLF in the first " + MOST_BYTES + " bytes");
        }
        if (line.endsWith("\r")) return 1;
        // each missing field has a character in front of it and one of its own
        int missingFields = isUnknown(line) ? 0 : Math.max(0, FIELDS - fields(line));
        int certain = 2 * missingFields + END.length() + (line.endsWith(" ") ? 1 : 0);
        return Math.min(certain, MOST_BYTES - length);
    }

    private static int fields(String line) {
        return 1 + (int) line.chars().filter(c -> c == ' ').count();
    }

    /** Also of a line that has just begun. */
    private static boolean isUnknown(String line) {
        return line.startsWith("U", START.length());
    }

    // https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt
    // "The receiver must not tolerate a single CR or LF character to end the line when a complete
    // CRLF sequence is expected."
    private static void requireNoLoneEnd(String line) throws ProxyHeaderException {
        for (int i = 0; i < line.length(); i++) {
            boolean afterCr = i > 0 && line.charAt(i - 1) == '\r';
            if (afterCr == (line.charAt(i) == '\n')) continue;
            throw new ProxyHeaderException(
                    "'" + LogText.of(line) + "' has a lone CR or LF: expected CRLF at its end");
        }
    }

    // https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt
    // "Any sequence which does not exactly match the protocol must be discarded and cause the
    // receiver to abort the connection."
    /** The addresses of a complete line; null if they are unknown. */
    static @Nullable Endpoints parse(byte[] bytes, int length) throws ProxyHeaderException {
        String line = new String(bytes, 0, length - END.length(), ISO_8859_1);
        String[] fields = line.split(" ", -1);
        // "For "UNKNOWN", the rest of the line before the CRLF may be omitted by the sender, and
        // the receiver must ignore anything presented before the CRLF is found."
        if (fields[1].equals(UNKNOWN)) return null;
        if (fields.length != FIELDS) throw malformed(line);
        boolean isIpv4 = fields[1].equals("TCP4");
        if (!isIpv4 && !fields[1].equals("TCP6")) throw malformed(line);
        SocketAddress source = address(isIpv4, fields[2], fields[4]);
        SocketAddress destination = address(isIpv4, fields[3], fields[5]);
        if (source == null || destination == null) throw malformed(line);
        return new Endpoints(source, destination);
    }

    private static @Nullable SocketAddress address(boolean isIpv4, String ip, String port) {
        byte[] bytes = isIpv4 ? IpLiterals.ipv4(ip) : IpLiterals.ipv6(ip);
        if (bytes == null || !PORT.matcher(port).matches()) return null;
        int number = Integer.parseInt(port);
        return number > MOST_PORT
                ? null
                : new InetSocketAddress(IpLiterals.addressOf(bytes), number);
    }

    private static ProxyHeaderException malformed(String line) {
        return new ProxyHeaderException(
                "'%s': expected PROXY, then TCP4 or TCP6, two addresses and two ports, or UNKNOWN"
                        .formatted(LogText.of(line)));
    }

    static byte[] encode(@Nullable Endpoints endpoints) {
        String line = endpoints == null ? START + UNKNOWN : line(endpoints);
        return (line + END).getBytes(ISO_8859_1);
    }

    private static String line(Endpoints endpoints) {
        var source = (InetSocketAddress) endpoints.source();
        var destination = (InetSocketAddress) endpoints.destination();
        return START
                + (endpoints.isIpv4() ? "TCP4 " : "TCP6 ")
                + IpLiterals.text(endpoints.ipOf(source))
                + " "
                + IpLiterals.text(endpoints.ipOf(destination))
                + " "
                + source.getPort()
                + " "
                + destination.getPort();
    }
}
