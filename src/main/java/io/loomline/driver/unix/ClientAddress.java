package io.loomline.driver.unix;

import io.loomline.log.LogText;

import org.jspecify.annotations.Nullable;

import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;

/**
 * The address of a Unix-domain socket that has no path which can be shown: it has none at all, as
 * those that connect mostly do, and then the text says whose client it is; or its path is not one
 * of this system's character set, or would forge a line of a log, and then the text is the path
 * with those characters escaped: unix(7).
 */
public final class ClientAddress extends SocketAddress {
    private static final long serialVersionUID = 1;

    private final String text;

    private ClientAddress(String text) {
        this.text = text;
    }

    /**
     * The address of one end, or what stands for it.
     *
     * @param end the end
     * @param other the other end
     * @return the first if it has a name that can be shown
     */
    public static SocketAddress of(SocketAddress end, SocketAddress other) {
        if (!(end instanceof UnixDomainSocketAddress unix)) return end;
        String path = unix.getPath().toString();
        if (path.isEmpty()) return new ClientAddress("a client of " + LogText.of("" + other));
        String shown = LogText.of(path);
        return shown.equals(path) ? end : new ClientAddress(shown);
    }

    /**
     * The address that has a path, or what stands for it where this system has no such paths.
     *
     * @param path the path as the kernel has it; empty for none
     * @param charset what the system's paths are coded in
     * @return the address
     */
    public static SocketAddress ofPath(byte[] path, Charset charset) {
        try {
            return UnixDomainSocketAddress.of(new String(path, charset));
        } catch (InvalidPathException e) { // any local user may have chosen it
            // one character for each byte: those beyond ASCII are escaped
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
