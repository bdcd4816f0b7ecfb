package io.loomline.tls.keys;

import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.loomline.log.LogText;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import javax.security.auth.x500.X500Principal;

/**
 * The names that a certificate is valid for: its subject alternative names.
 *
 * @param hosts DNS names, as the certificate spells them
 * @param addresses IP addresses
 * @param commonName the common name of the subject, for display only; null if there are hosts or
 *     addresses, or no common name
 */
public record CertificateNames(
        List<String> hosts, List<String> addresses, @Nullable String commonName) {
    private static final int DNS_NAME = 2;
    private static final int IP_ADDRESS = 7;

    /** The object identifier 2.5.4.3, encoded. */
    private static final byte[] COMMON_NAME = {0x55, 0x04, 0x03};

    /** Certificates of hosting companies have hundreds, too many for a message. */
    private static final int MOST_SHOWN = 8;

    public CertificateNames {
        hosts = List.copyOf(hosts);
        addresses = List.copyOf(addresses);
    }

    /**
     * The names of a certificate.
     *
     * @param certificate the certificate
     * @return its names; none if they are malformed
     */
    public static CertificateNames of(X509Certificate certificate) {
        Collection<List<?>> alternatives = alternatives(certificate);
        List<String> hosts = ofKind(alternatives, DNS_NAME);
        List<String> addresses = ofKind(alternatives, IP_ADDRESS);
        boolean named = !hosts.isEmpty() || !addresses.isEmpty();
        return new CertificateNames(
                hosts, addresses, named ? null : commonName(certificate.getSubjectX500Principal()));
    }

    private static Collection<List<?>> alternatives(X509Certificate certificate) {
        try {
            Collection<List<?>> names = certificate.getSubjectAlternativeNames();
            return names == null ? List.of() : names;
        } catch (CertificateParsingException e) {
            return List.of();
        }
    }

    private static List<String> ofKind(Collection<List<?>> alternatives, int kind) {
        List<String> found = new ArrayList<>();
        for (List<?> each : alternatives) {
            if (each.get(0).equals(kind) && each.get(1) instanceof String name) found.add(name);
        }
        return found;
    }

    private static @Nullable String commonName(X500Principal subject) {
        try {
            DerInput parts = new DerInput(subject.getEncoded()).enter(Der.SEQUENCE);
            while (parts.hasNext()) {
                DerInput attribute = parts.enter(Der.SET).enter(Der.SEQUENCE);
                if (Arrays.equals(attribute.content(Der.OBJECT_IDENTIFIER), COMMON_NAME)) {
                    return text(attribute);
                }
            }
            return null;
        } catch (IOException e) {
            return null;
        }
    }

    private static String text(DerInput string) throws IOException {
        int tag = string.nextTag();
        return new String(string.content(tag), tag == Der.BMP_STRING ? UTF_16BE : UTF_8);
    }

    /** The names for a message, escaped: {@code a.example, b.example and 3 more}. */
    @Override
    public String toString() {
        List<String> all = Stream.concat(hosts.stream(), addresses.stream()).toList();
        if (all.isEmpty()) return commonName == null ? "no name" : LogText.of(commonName);
        String shown =
                all.stream().limit(MOST_SHOWN).map(LogText::of).collect(Collectors.joining(", "));
        return all.size() <= MOST_SHOWN
                ? shown
                : shown + " and " + (all.size() - MOST_SHOWN) + " more";
    }
}
