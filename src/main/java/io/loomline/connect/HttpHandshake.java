package io.loomline.connect;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.loomline.log.LogText;
import io.loomline.net.Connection;

import org.jspecify.annotations.Nullable;

import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The CONNECT handshake of HTTP/1.1, with Basic credentials if there are any.
 *
 * <p><i>Source:</i> <a href="https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6">RFC 9110</a>:
 * "Any 2xx (Successful) response indicates that the sender (and all inbound proxies) will switch to
 * tunnel mode immediately after the response header section; data received after that header
 * section is from the server identified by the request target." The header fields are skipped: "A
 * client MUST ignore any Content-Length or Transfer-Encoding header fields received in a successful
 * response to CONNECT."
 */
final class HttpHandshake implements Handshake {
    /** Our own bound. Servers accept header sections of 8 KiB or more by default. */
    private static final int MAX_HEADER_BYTES = 16 * 1024;

    // https://www.rfc-editor.org/rfc/rfc9112#section-4
    // "A client SHOULD ignore the reason-phrase content because it is not a reliable channel for
    // information"
    private static final Pattern STATUS_LINE =
            Pattern.compile("HTTP/1\\.\\d ([1-9])(\\d\\d)(?: .*)?", Pattern.DOTALL);

    /** The characters of a host in a URI. None of them can end the request line. */
    private static final Pattern HOST = Pattern.compile("[\\w.~%!$&'()*+,;=:-]+");

    private final ProxyTarget target;
    private final @Nullable Credentials credentials;

    /** How many bytes of the response are still allowed. */
    private int remainingBytes = MAX_HEADER_BYTES;

    HttpHandshake(ProxyTarget target, @Nullable Credentials credentials) {
        if (!HOST.matcher(target.host()).matches()) {
            throw new IllegalArgumentException(
                    "host '"
                            + LogText.of(target.host())
                            + "': expected an ASCII name or an IP address, as HTTP allows no"
                            + " other");
        }
        this.target = target;
        this.credentials = credentials;
    }

    // https://www.rfc-editor.org/rfc/rfc7617#section-2
    // "a user-id containing a colon character is invalid"
    // "The user-id and password MUST NOT contain any control characters"
    static void check(Credentials credentials) {
        if (credentials.user().contains(":")) {
            throw new IllegalArgumentException(
                    "user '"
                            + LogText.of(credentials.user())
                            + "' contains a colon: HTTP allows none");
        }
        String both = credentials.user() + credentials.password();
        if (both.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(
                    "user or password contains a control character: HTTP allows none");
        }
    }

    // https://www.rfc-editor.org/rfc/rfc9110#section-15.2
    // "A client MUST be able to parse one or more 1xx responses received prior to a final response,
    // even if the client does not expect one."
    @Override
    public void run(Connection proxy) throws IOException, InterruptedException {
        proxy.write(request().getBytes(ISO_8859_1));
        String status;
        do {
            status = readLine(proxy);
            if (classOf(status) > 2) {
                throw new IOException("the proxy answered '" + LogText.of(status) + "'");
            }
            while (!readLine(proxy).isEmpty()) {}
        } while (classOf(status) == 1);
    }

    private String request() {
        String request = "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n";
        if (credentials != null) {
            String both = credentials.user() + ":" + credentials.password();
            String encoded = Base64.getEncoder().encodeToString(both.getBytes(UTF_8));
            request += "Proxy-Authorization: Basic " + encoded + "\r\n";
        }
        return request + "\r\n";
    }

    /**
     * Reads single bytes from the connection's buffer, which keeps the bytes after the response.
     */
    private String readLine(Connection proxy) throws IOException, InterruptedException {
        var line = new StringBuilder();
        byte[] next = new byte[1];
        while (remainingBytes-- > 0) {
            if (proxy.read(next, 0, 1) < 0) {
                throw new EOFException(
                        "the proxy ended the connection within its answer, after '"
                                + LogText.of(line)
                                + "'");
            }
            if (next[0] == '\n') return withoutReturn(line);
            line.append((char) Byte.toUnsignedInt(next[0]));
        }
        throw new ProtocolException(
                "the proxy's answer is longer than "
                        + MAX_HEADER_BYTES
                        + " bytes; it was cut at '"
                        + LogText.of(line)
                        + "'");
    }

    // https://www.rfc-editor.org/rfc/rfc9112#section-2.2
    // "a recipient MAY recognize a single LF as a line terminator and ignore any preceding CR"
    private static String withoutReturn(StringBuilder line) {
        int length = line.length();
        boolean returns = length > 0 && line.charAt(length - 1) == '\r';
        return line.substring(0, returns ? length - 1 : length);
    }

    /** The class of the status code: its first digit. */
    private static int classOf(String statusLine) throws ProtocolException {
        Matcher matcher = STATUS_LINE.matcher(statusLine);
        if (matcher.matches()) return Integer.parseInt(matcher.group(1));
        throw new ProtocolException(
                "the proxy answered '" + LogText.of(statusLine) + "': it is not an HTTP proxy");
    }
}
