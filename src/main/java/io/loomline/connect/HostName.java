package io.loomline.connect;

import io.loomline.log.LogText;

import org.jspecify.annotations.Nullable;

import java.util.regex.Pattern;

/** Checks that a host is a name or an IP address, and contains no other part of a URL. */
final class HostName {
    /** More colons than one belong to an IPv6 address. */
    private static final Pattern NAME_AND_PORT = Pattern.compile("[^:]*:[^:]*|\\[.*].+");

    private HostName() {}

    /**
     * The host, without the brackets that an IPv6 address may have.
     *
     * @throws IllegalArgumentException if the host is blank or has a scheme, user, path or port
     */
    static String require(String host) {
        if (host.isBlank()) {
            throw new IllegalArgumentException("host is blank: expected a name or an IP address");
        }
        String surplus = surplusOf(host);
        if (surplus == null) return withoutBrackets(host);
        throw new IllegalArgumentException(
                "host '%s' has a %s: expected a name or an IP address, and nothing else"
                        .formatted(LogText.of(host), surplus));
    }

    private static @Nullable String surplusOf(String host) {
        if (host.contains("://")) return "scheme";
        if (host.contains("@")) return "user";
        if (host.contains("/")) return "path";
        return NAME_AND_PORT.matcher(host).matches() ? "port" : null;
    }

    // https://www.rfc-editor.org/rfc/rfc3986#section-3.2.2
    // "is distinguished by enclosing the IP literal within square brackets"
    private static String withoutBrackets(String host) {
        boolean has = host.startsWith("[") && host.endsWith("]");
        return has ? host.substring(1, host.length() - 1) : host;
    }
}
