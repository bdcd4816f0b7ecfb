package io.loomline.tls.keys;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.HexFormat;

/** The kinds of keys that test certificates have. */
public enum KeyKind {
    EC("EC", "SHA256withECDSA", "2a8648ce3d040302") {
        @Override
        KeyPair newPair() throws GeneralSecurityException {
            return generated(256);
        }
    },
    /** All certificates have the same key, because its generation takes long. */
    RSA("RSA", "SHA256withRSA", "2a864886f70d01010b") {
        @Override
        KeyPair newPair() {
            return SharedRsa.PAIR;
        }
    },
    ED25519("Ed25519", "Ed25519", "2b6570") {
        @Override
        KeyPair newPair() throws GeneralSecurityException {
            return generated(255);
        }
    };

    private final String generator;
    private final String signature;
    private final String signatureIdentifier;

    KeyKind(String generator, String signature, String signatureIdentifier) {
        this.generator = generator;
        this.signature = signature;
        this.signatureIdentifier = signatureIdentifier;
    }

    abstract KeyPair newPair() throws GeneralSecurityException;

    KeyPair generated(int bits) throws GeneralSecurityException {
        KeyPairGenerator pairs = KeyPairGenerator.getInstance(generator);
        pairs.initialize(bits);
        return pairs.generateKeyPair();
    }

    /** The signature algorithm's name in Java. */
    String signature() {
        return signature;
    }

    /** The signature algorithm as a certificate names it. */
    byte[] signatureAlgorithm() {
        byte[] encoded = HexFormat.of().parseHex(signatureIdentifier);
        byte[] identifier = Der.element(Der.OBJECT_IDENTIFIER, encoded);
        return this == RSA
                ? Der.element(Der.SEQUENCE, identifier, Der.element(Der.NULL))
                : Der.element(Der.SEQUENCE, identifier);
    }

    private static final class SharedRsa {
        static final KeyPair PAIR = generate();

        private static KeyPair generate() {
            try {
                return RSA.generated(2048);
            } catch (GeneralSecurityException e) {
                throw new AssertionError(e);
            }
        }
    }
}
