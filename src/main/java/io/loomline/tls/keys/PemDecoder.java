package io.loomline.tls.keys;

import io.loomline.log.LogText;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.util.ArrayList;
import java.util.List;

import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKey;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/** Decodes keys and certificates, as {@code java.security.PEMDecoder} will once it is final. */
final class PemDecoder {
    private static final byte[] NO_PARAMETERS = {};

    private static final String CONVERTED =
            ", to which 'openssl pkcs8 -topk8 -v2 aes-256-cbc -in old.pem -out new.pem' converts"
                    + " it";

    private final char @Nullable [] password;

    private PemDecoder(char @Nullable [] password) {
        this.password = password;
    }

    static PemDecoder of() {
        return new PemDecoder(null);
    }

    /** A decoder that can decrypt keys. */
    PemDecoder withDecryption(char[] password) {
        return new PemDecoder(password.clone());
    }

    /** The certificates of a file, in order; records of another type are skipped. */
    List<X509Certificate> certificates(PemFile file) throws IOException {
        List<X509Certificate> certificates = new ArrayList<>();
        for (PemRecord each : certificateRecords(file)) certificates.add(certificate(each));
        return certificates;
    }

    /** The records that are certificates, at least one. */
    static List<PemRecord> certificateRecords(PemFile file) throws IOException {
        List<PemRecord> found = file.records().stream().filter(PemDecoder::isCertificate).toList();
        if (!found.isEmpty()) return found;
        throw noneOf("CERTIFICATE", file);
    }

    /** RFC 7468 names the older label too. */
    private static boolean isCertificate(PemRecord record) {
        return record.type().equals("CERTIFICATE") || record.type().equals("X509 CERTIFICATE");
    }

    private static IOException noneOf(String expected, PemFile file) {
        PemRecord first = file.records().getFirst();
        return first.failure(
                "%s: expected a record of type %s".formatted(LogText.of(first.type()), expected));
    }

    X509Certificate certificate(PemRecord record) throws IOException {
        var in = new ByteArrayInputStream(record.content());
        X509Certificate certificate;
        try {
            var factory = CertificateFactory.getInstance("X.509");
            certificate = (X509Certificate) factory.generateCertificate(in);
        } catch (CertificateException e) {
            throw record.failure("not a valid certificate: " + LogText.of(e));
        }
        if (in.available() == 0) return certificate;
        throw record.failure(
                "%d bytes follow the certificate: expected none".formatted(in.available()));
    }

    /** The private keys of a file, at least one. */
    List<PrivateKey> privateKeys(PemFile file) throws IOException {
        List<PrivateKey> keys = new ArrayList<>();
        byte[] parameters = NO_PARAMETERS;
        for (PemRecord each : file.records()) {
            if (each.type().equals("EC PARAMETERS")) parameters = each.content();
            else if (isPrivateKey(each)) keys.add(privateKey(each, parameters));
        }
        if (keys.isEmpty()) throw noneOf("PRIVATE KEY", file);
        return keys;
    }

    /** The records that are private keys of some form. */
    static List<PemRecord> keyRecords(PemFile file) {
        return file.records().stream().filter(PemDecoder::isPrivateKey).toList();
    }

    private static boolean isPrivateKey(PemRecord record) {
        return record.type().endsWith("PRIVATE KEY");
    }

    private PrivateKey privateKey(PemRecord record, byte[] parameters) throws IOException {
        try {
            byte[] content = record.content();
            PrivateKeyInfo info =
                    switch (record.type()) {
                        case "PRIVATE KEY" -> new PrivateKeyInfo(content);
                        case "ENCRYPTED PRIVATE KEY" -> new PrivateKeyInfo(decrypted(content));
                        case "RSA PRIVATE KEY" -> PrivateKeyInfo.ofRsa(content);
                        case "EC PRIVATE KEY" -> PrivateKeyInfo.ofEc(content, parameters);
                        default -> throw new IOException("expected PKCS#8" + CONVERTED);
                    };
            return info.key();
        } catch (IOException e) {
            throw record.failure(
                    "this %s cannot be used: %s"
                            .formatted(LogText.of(record.type()), e.getMessage()));
        }
    }

    private byte[] decrypted(byte[] encrypted) throws IOException {
        char[] secret = password;
        if (secret == null) throw new IOException("it is encrypted: expected a password for it");
        try {
            var info = new EncryptedPrivateKeyInfo(encrypted);
            return info.getKeySpec(secretKey(info.getAlgName(), secret)).getEncoded();
        } catch (InvalidKeySpecException e) {
            throw new IOException("its encryption does not take this password");
        } catch (InvalidKeyException e) {
            throw new IOException("the password is wrong, or the file is damaged");
        } catch (IOException | NoSuchAlgorithmException | RuntimeException e) {
            throw new IOException(
                    "it is damaged, or the JDK does not know its encryption: expected PBES2 with"
                            + " PBKDF2"
                            + CONVERTED);
        }
    }

    private static SecretKey secretKey(String algorithm, char[] password)
            throws NoSuchAlgorithmException, InvalidKeySpecException {
        var spec = new PBEKeySpec(password);
        try {
            return SecretKeyFactory.getInstance(algorithm).generateSecret(spec);
        } finally {
            spec.clearPassword();
        }
    }
}
