package io.loomline.tls;

import io.loomline.tls.keys.CertificateNames;

import org.jspecify.annotations.Nullable;

import java.net.IDN;
import java.net.InetAddress;
import java.security.cert.X509Certificate;
import java.util.Locale;

import javax.net.ssl.SNIHostName;

/**
 * The name of a peer as its certificate must have it: a host name, or an IP address. It is compared
 * as RFC 9525 says: with the alternative names only, and with a wildcard only as the whole first
 * label.
 *
 * @param text the name in lower case, without a trailing dot, or the address without its zone
 * @param address the address; null for a host name
 */
record PeerName(String text, @Nullable InetAddress address) {
    /** A wildcard for all hosts of a top-level domain is none. */
    private static final int LEAST_WILDCARD_LABELS = 3;

    /**
     * The name of a host.
     *
     * @param host a host name, or an IP address with or without brackets and zone
     * @throws IllegalArgumentException if it is blank
     */
    static PeerName of(String host) {
        InetAddress address = literal(host);
        if (address != null) return new PeerName(address.getHostAddress(), address);
        String ascii = host.chars().allMatch(c -> c < 128) ? host : toAscii(host);
        boolean hasRoot = ascii.length() > 1 && ascii.endsWith(".");
        String name = hasRoot ? ascii.substring(0, ascii.length() - 1) : ascii;
        if (name.isBlank()) {
            throw new IllegalArgumentException("host name '" + host + "': expected a name");
        }
        return new PeerName(name.toLowerCase(Locale.ROOT), null);
    }

    /**
     * A host name that a user has given.
     *
     * @throws IllegalArgumentException if it is blank, or more than a host name
     */
    static String requireHost(String host) {
        boolean isMore =
                literal(host) == null && host.chars().anyMatch(c -> "/:*@ ".indexOf(c) >= 0);
        if (isMore) {
            throw new IllegalArgumentException(
                    "server name '" + host + "': expected a host name or an IP address alone");
        }
        var _ = of(host);
        return host;
    }

    /** A name that DNS cannot hold stays as it is: no certificate is for it. */
    private static String toAscii(String host) {
        try {
            return IDN.toASCII(host, IDN.ALLOW_UNASSIGNED);
        } catch (IllegalArgumentException e) {
            return host;
        }
    }

    private static @Nullable InetAddress literal(String host) {
        String text = host.startsWith("[") && host.endsWith("]") ? inner(host) : host;
        int zone = text.indexOf('%');
        try {
            return InetAddress.ofLiteral(zone < 0 ? text : text.substring(0, zone));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static String inner(String host) {
        return host.substring(1, host.length() - 1);
    }

    /**
     * The name as it is sent to the server; null for an address, and for a name that the JDK
     * refuses to send, such as one with an underscore.
     *
     * <p><i>Source:</i> <a href="https://www.rfc-editor.org/rfc/rfc6066#section-3">RFC 6066,
     * section 3</a>: "Literal IPv4 and IPv6 addresses are not permitted in "HostName"."
     */
    @Nullable SNIHostName serverName() {
        if (address != null) return null;
        try {
            return new SNIHostName(text);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** Whether the certificate is for this name. Only alternative names count, as in browsers. */
    boolean matches(X509Certificate certificate) {
        CertificateNames names = CertificateNames.of(certificate);
        return address == null
                ? names.hosts().stream().anyMatch(this::matchesHost)
                : names.addresses().stream().anyMatch(each -> address.equals(literal(each)));
    }

    private boolean matchesHost(String presented) {
        String pattern = presented.toLowerCase(Locale.ROOT);
        if (!pattern.startsWith("*.")) return pattern.equals(text);
        boolean isBroad = pattern.split("\\.", -1).length < LEAST_WILDCARD_LABELS;
        int dot = text.indexOf('.');
        return !isBroad && dot > 0 && text.substring(dot).equals(pattern.substring(1));
    }
}
