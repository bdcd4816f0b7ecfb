package io.loomline.tls.keys;

import java.util.Locale;

/** The names that TLS providers have for the types of keys. */
final class KeyType {
    private KeyType() {}

    /** Whether an identity has the type that a provider asks for. */
    static boolean matches(Identity identity, String asked) {
        return normal(identity.key().getAlgorithm()).equals(normal(asked));
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
