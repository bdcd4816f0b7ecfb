package io.loomline.driver.unix;

import io.loomline.log.LogText;

import org.jspecify.annotations.Nullable;

import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;

/**
 * The address of a Unix-domain socket whose path cannot be shown as it is. Most clients have no
 * path at all; then the text names the server. A path that is not of this system's character set,
 * or that would forge a log line, is shown with those characters escaped.
 *
 * <p><i>Source:</i> <a href="https://man7.org/linux/man-pages/man7/unix.7.html">unix(7)</a>: "A
 * stream socket that has not been bound to a pathname using bind(2) has no name."
 */
public final class ClientAddress extends SocketAddress {
    private static final long serialVersionUID = 1;

    private final String text;

    private ClientAddress(String text) {
        this.text = text;
    }

    /**
     * Returns the address of one end in a form that can be shown.
     *
     * @param end the address of that end
     * @param other the address of the other end
     * @return the address of that end if it can be shown as it is; otherwise its replacement
     */
    public static SocketAddress of(SocketAddress end, SocketAddress other) {
        if (!(end instanceof UnixDomainSocketAddress unix)) return end;
        String path = unix.getPath().toString();
        if (path.isEmpty()) return new ClientAddress("a client of " + LogText.of("" + other));
        String shown = LogText.of(path);
        return shown.equals(path) ? end : new ClientAddress(shown);
    }

    /**
     * Returns the address that has a path, or a replacement if Java cannot represent the path.
     *
     * @param path the bytes of the path; empty for none
     * @param charset the character set of the system's paths
     * @return the address
     */
    public static SocketAddress ofPath(byte[] path, Charset charset) {
        try {
            return UnixDomainSocketAddress.of(new String(path, charset));
        } catch (InvalidPathException e) { // any local user may choose such a path
            // one character per byte: bytes beyond ASCII are escaped
            String bytes = new String(path, StandardCharsets.ISO_8859_1);
            return new ClientAddress(LogText.of(escaped(bytes)));
        }
    }

    private static String escaped(String bytes) {
        var shown = new StringBuilder();
        for (int i = 0; i < bytes.length(); i++) {
            char c = bytes.charAt(i);
            if (c < 0x80) shown.append(c);
            else shown.append("\\x%02x".formatted((int) c));
        }
        return shown.toString();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ClientAddress client && client.text.equals(text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return text;
    }
}
