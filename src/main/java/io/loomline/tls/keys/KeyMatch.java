package io.loomline.tls.keys;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.RSAKey;

/** Whether a private and a public key are a pair. */
final class KeyMatch {
    private static final byte[] SAMPLE = "a text to sign".getBytes(US_ASCII);

    private KeyMatch() {}

    static boolean matches(PrivateKey key, PublicKey publicKey) {
        if (!key.getAlgorithm().equals(publicKey.getAlgorithm())) return false;
        return switch (key.getAlgorithm()) {
            // a key may prescribe its own parameters, which makes signing depend on them
            case "RSASSA-PSS" -> isSameModulus(key, publicKey);
            case "RSA" -> isSameModulus(key, publicKey) && signs("SHA256withRSA", key, publicKey);
            case "EC" -> signs("SHA256withECDSA", key, publicKey);
            case "EdDSA" -> signs("EdDSA", key, publicKey);
            default -> false;
        };
    }

    private static boolean isSameModulus(PrivateKey key, PublicKey publicKey) {
        return key instanceof RSAKey own
                && publicKey instanceof RSAKey other
                && own.getModulus().equals(other.getModulus());
    }

    private static boolean signs(String algorithm, PrivateKey key, PublicKey publicKey) {
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signature.update(SAMPLE);
            byte[] signed = signature.sign();
            signature.initVerify(publicKey);
            signature.update(SAMPLE);
            return signature.verify(signed);
        } catch (GeneralSecurityException | RuntimeException e) {
            return false; // keys of different curves, or a damaged one
        }
    }
}
