package io.loomline.tls.keys;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.HexFormat;

/** A private key in PKCS#8, and the older forms wrapped into it. */
final class PrivateKeyInfo {
    /** 1.2.840.113549.1.1.1, encoded. */
    private static final byte[] RSA = HexFormat.of().parseHex("2a864886f70d010101");

    /** 1.2.840.10045.2.1, encoded. */
    private static final byte[] EC = HexFormat.of().parseHex("2a8648ce3d0201");

    private static final byte[] VERSION = Der.element(Der.INTEGER, new byte[] {0});

    private final byte[] encoded;

    /** From the encoding of PKCS#8. */
    PrivateKeyInfo(byte[] encoded) {
        this.encoded = encoded.clone();
    }

    /** From the encoding of PKCS#1. */
    static PrivateKeyInfo ofRsa(byte[] pkcs1) {
        byte[] algorithm =
                Der.element(
                        Der.SEQUENCE,
                        Der.element(Der.OBJECT_IDENTIFIER, RSA),
                        Der.element(Der.NULL));
        return wrapped(algorithm, pkcs1);
    }

    /**
     * From the encoding of SEC 1.
     *
     * @param parameters the encoded curve, for a key that does not contain it
     */
    static PrivateKeyInfo ofEc(byte[] sec1, byte[] parameters) throws IOException {
        DerInput key = new DerInput(sec1).enter(Der.SEQUENCE);
        key.content(Der.INTEGER);
        key.content(Der.OCTET_STRING);
        byte[] curve = key.isNext(Der.field(0)) ? key.content(Der.field(0)) : parameters;
        if (!new DerInput(curve).isNext(Der.OBJECT_IDENTIFIER)) {
            throw new IOException("it does not name its curve");
        }
        byte[] algorithm = Der.element(Der.SEQUENCE, Der.element(Der.OBJECT_IDENTIFIER, EC), curve);
        return wrapped(algorithm, sec1);
    }

    private static PrivateKeyInfo wrapped(byte[] algorithm, byte[] key) {
        return new PrivateKeyInfo(
                Der.element(Der.SEQUENCE, VERSION, algorithm, Der.element(Der.OCTET_STRING, key)));
    }

    /** The key. The message of an exception contains nothing of it. */
    PrivateKey key() throws IOException {
        String algorithm = algorithm();
        try {
            return KeyFactory.getInstance(algorithm)
                    .generatePrivate(new PKCS8EncodedKeySpec(encoded));
        } catch (GeneralSecurityException | RuntimeException e) {
            throw new IOException("it is not a key that the JDK supports for " + algorithm);
        }
    }

    private String algorithm() throws IOException {
        DerInput info = new DerInput(encoded).enter(Der.SEQUENCE);
        info.content(Der.INTEGER);
        byte[] identifier = info.enter(Der.SEQUENCE).content(Der.OBJECT_IDENTIFIER);
        String hex = HexFormat.of().formatHex(identifier);
        return switch (hex) {
            case "2a864886f70d010101" -> "RSA"; // 1.2.840.113549.1.1.1
            case "2a864886f70d01010a" -> "RSASSA-PSS"; // 1.2.840.113549.1.1.10
            case "2a8648ce3d0201" -> "EC"; // 1.2.840.10045.2.1
            case "2b6570", "2b6571" -> "EdDSA"; // 1.3.101.112 and 113
            default ->
                    throw new IOException(
                            "its algorithm has the encoded object identifier %s: expected RSA, EC or EdDSA"
                                    .formatted(hex));
        };
    }
}
