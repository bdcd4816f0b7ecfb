package io.loomline.tls.keys;

import static java.nio.charset.StandardCharsets.US_ASCII;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;

import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLSession;
import javax.net.ssl.StandardConstants;

/**
 * The server name that a client asks for. Names are compared in lower case and without the dot at
 * their end.
 *
 * <p><i>Source:</i> <a href="https://www.rfc-editor.org/rfc/rfc6066#section-3">RFC 6066</a>: "The
 * hostname is represented as a byte string using ASCII encoding without a trailing dot."
 *
 * @param host the name; empty if the client sent none
 */
record RequestedName(String host) {
    private static final RequestedName NONE = new RequestedName("");

    RequestedName {
        host = normal(host);
    }

    /** The name in a handshake. Whatever a client or another provider makes of it, no exception. */
    static RequestedName of(@Nullable SSLSession handshake) {
        if (!(handshake instanceof ExtendedSSLSession extended)) return NONE;
        try {
            return of(extended.getRequestedServerNames());
        } catch (RuntimeException e) { // not every provider knows the names
            return NONE;
        }
    }

    private static RequestedName of(@Nullable List<SNIServerName> names) {
        if (names == null) return NONE;
        for (SNIServerName each : names) {
            if (each.getType() == StandardConstants.SNI_HOST_NAME) {
                return new RequestedName(new String(each.getEncoded(), US_ASCII));
            }
        }
        return NONE;
    }

    private static String normal(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    }

    boolean isExactly(String pattern) {
        return !host.isEmpty() && normal(pattern).equals(host);
    }

    /** Whether {@code *.example} stands for it: the asterisk replaces one label, the first. */
    boolean isCoveredBy(String pattern) {
        int dot = host.indexOf('.');
        return dot > 0 && normal(pattern).equals("*" + host.substring(dot));
    }
}
