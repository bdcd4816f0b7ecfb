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
 * Asks an HTTP proxy by CONNECT. <i>Source:</i> RFC 9110, section 9.3.6; RFC 7617 for credentials.
 */
final class HttpHandshake implements Handshake {
    /** What servers take of a header section by default: many kilobytes; ours is our own bound. */
    private static final int MOST_HEADER_BYTES = 16 * 1024;

    /** RFC 9112, section 4; of HTTP/1 only the major version matters, of the reason nothing. */
    private static final Pattern STATUS_LINE =
            Pattern.compile("HTTP/1\\.\\d ([1-9])(\\d\\d)(?: .*)?", Pattern.DOTALL);

    /** What a host may consist of, so that it cannot end the line: RFC 3986, section 3.2.2. */
    private static final Pattern HOST = Pattern.compile("[\\w.~%!$&'()*+,;=:-]+");

    private final ProxyTarget target;
    private final @Nullable Credentials credentials;

    /** How long the answer may still be. */
    private int leftBytes = MOST_HEADER_BYTES;

    HttpHandshake(ProxyTarget target, @Nullable Credentials credentials) {
        if (!HOST.matcher(target.host()).matches()) {
            throw new IllegalArgumentException(
                    "host '"
                            + LogText.of(target.host())
                            + "': HTTP takes ASCII names and addresses");
        }
        this.target = target;
        this.credentials = credentials;
    }

    static void check(Credentials credentials) {
        if (credentials.user().contains(":")) {
            throw new IllegalArgumentException(
                    "user '"
                            + LogText.of(credentials.user())
                            + "' has a colon in it: HTTP takes none");
        }
        String both = credentials.user() + credentials.password();
        if (both.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(
                    "user or password has a control character in it: HTTP takes none");
        }
    }

    @Override
    public void run(Connection proxy) throws IOException, InterruptedException {
        proxy.write(request().getBytes(ISO_8859_1));
        String status;
        do { // an interim answer: RFC 9110, section 15.2
            status = readLine(proxy);
            if (kindOf(status) > 2)
                throw new IOException("it answers '" + LogText.of(status) + "'");
            while (!readLine(proxy).isEmpty()) {}
        } while (kindOf(status) == 1);
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

    /** Byte by byte out of the connection's buffer: what follows the answer stays there. */
    private String readLine(Connection proxy) throws IOException, InterruptedException {
        var line = new StringBuilder();
        byte[] next = new byte[1];
        while (leftBytes-- > 0) {
            if (proxy.read(next, 0, 1) < 0) {
                throw new EOFException(
                        "it ended the connection in its answer, after '" + LogText.of(line) + "'");
            }
            if (next[0] == '\n') return withoutReturn(line);
            line.append((char) Byte.toUnsignedInt(next[0]));
        }
        throw new ProtocolException(
                "its answer is longer than "
                        + MOST_HEADER_BYTES
                        + " bytes, with '"
                        + LogText.of(line)
                        + "'");
    }

    private static String withoutReturn(StringBuilder line) {
        int length = line.length();
        boolean returns = length > 0 && line.charAt(length - 1) == '\r';
        return line.substring(0, returns ? length - 1 : length);
    }

    /** The first digit of the status. */
    private static int kindOf(String statusLine) throws ProtocolException {
        Matcher matcher = STATUS_LINE.matcher(statusLine);
        if (matcher.matches()) return Integer.parseInt(matcher.group(1));
        throw new ProtocolException(
                "it answers '" + LogText.of(statusLine) + "': it is no HTTP proxy");
    }
}
