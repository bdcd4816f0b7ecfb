package io.loomline.tls.keys;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.Locale;

import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLSession;

/** The names that TLS providers have for the types of keys. */
final class KeyType {
    private static final String[] UNKNOWN = {};

    private KeyType() {}

    /** Whether an identity has the type that a provider asks for. */
    static boolean matches(Identity identity, String asked) {
        return normal(identity.key().getAlgorithm()).equals(normal(asked));
    }

    /**
     * Whether the peer accepts signatures of the identity's key. Before TLS 1.3, the JDK asks by
     * cipher suite alone, and fails if the key turns out not to be accepted.
     */
    static boolean isAccepted(Identity identity, @Nullable SSLSession handshake) {
        String[] algorithms = signatureAlgorithms(handshake);
        if (algorithms.length == 0) return true;
        String key = normal(identity.key().getAlgorithm());
        return Arrays.stream(algorithms).anyMatch(each -> signs(key, each));
    }

    /** Those that the peer accepts; none if that is not known. */
    private static String[] signatureAlgorithms(@Nullable SSLSession handshake) {
        if (!(handshake instanceof ExtendedSSLSession extended)) return UNKNOWN;
        try {
            String @Nullable [] algorithms = extended.getPeerSupportedSignatureAlgorithms();
            return algorithms == null ? UNKNOWN : algorithms;
        } catch (UnsupportedOperationException e) { // not every provider knows them
            return UNKNOWN;
        }
    }

    private static boolean signs(String key, String algorithm) {
        String upper = algorithm.toUpperCase(Locale.ROOT);
        return switch (key) {
            case "EC" -> upper.endsWith("WITHECDSA");
            case "RSA" -> upper.endsWith("WITHRSA") || upper.equals("RSASSA-PSS");
            default -> normal(algorithm).equals(key);
        };
    }

    /** Some ask for {@code EC_EC}, the key and the signature on its certificate. */
    private static String normal(String type) {
        String key = type.replaceFirst("_.*", "").toUpperCase(Locale.ROOT);
        return switch (key) {
            case "ECDSA" -> "EC";
            case "ED25519", "ED448" -> "EDDSA";
            default -> key;
        };
    }
}
