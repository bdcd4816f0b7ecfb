package io.loomline.tls;

import static java.util.stream.Collectors.joining;

import io.loomline.log.LogText;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;

import javax.security.auth.x500.X500Principal;

/** Names in certificates as text for messages; escaped, because a peer chose them. */
final class CertificateText {
    private static final int MAX_NAMES = 5;

    private CertificateText() {}

    static String of(X500Principal principal) {
        return "\"" + LogText.of(principal.getName()) + "\"";
    }

    /** The names that the certificate is for. */
    static String namesOf(X509Certificate certificate) {
        try {
            Collection<List<?>> names = certificate.getSubjectAlternativeNames();
            if (names == null) return "no host name";
            String shown =
                    names.stream()
                            .limit(MAX_NAMES)
                            .map(name -> LogText.of(String.valueOf(name.get(1))))
                            .collect(joining(", "));
            return names.size() > MAX_NAMES ? shown + " and others" : shown;
        } catch (CertificateParsingException e) {
            return "names that cannot be read";
        }
    }
}
