package io.loomline.tls.keys;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Objects;

/** Two PEM files, which may be the same one: a chain of certificates and the private key. */
public final class KeyPairFiles {
    private final Path chain;
    private final Path key;
    private final char @Nullable [] password;

    /**
     * The files. They are not read yet.
     *
     * @param chain the certificate of the key, followed by those of its issuers
     * @param key the private key: PKCS#8, PKCS#1 or SEC 1
     * @param password decrypts the key; null if it is not encrypted
     */
    public KeyPairFiles(Path chain, Path key, char @Nullable [] password) {
        this.chain = Objects.requireNonNull(chain, "chain");
        this.key = Objects.requireNonNull(key, "key");
        this.password = password == null ? null : password.clone();
    }

    /**
     * Reads both files.
     *
     * @return what they contain
     * @throws IOException if a file cannot be read or is malformed, the chain is out of order, or
     *     the key does not belong to the first certificate; the message names the file and the line
     */
    public Identity read() throws IOException {
        PemFile chainFile = PemFile.read(chain);
        PemFile keyFile = key.equals(chain) ? chainFile : PemFile.read(key);
        List<X509Certificate> certificates = certificates(chainFile);
        return new Identity(keyOf(certificates.getFirst(), keyFile), certificates);
    }

    private static List<X509Certificate> certificates(PemFile file) throws IOException {
        List<X509Certificate> certificates = PemDecoder.of().certificates(file);
        ChainOrder order = ChainOrder.of(certificates);
        if (order.isOrdered()) return certificates;
        PemRecord misplaced = PemDecoder.certificateRecords(file).get(order.misplaced());
        throw misplaced.failure(order.problem());
    }

    private PrivateKey keyOf(X509Certificate leaf, PemFile file) throws IOException {
        for (PrivateKey each : decoder().privateKeys(file)) {
            if (KeyMatch.matches(each, leaf.getPublicKey())) return each;
        }
        PemRecord record = PemDecoder.keyRecords(file).getFirst();
        throw record.failure(
                "this key does not belong to the first certificate of %s, which is for %s: expected"
                                .formatted(chain, CertificateNames.of(leaf))
                        + " its "
                        + leaf.getPublicKey().getAlgorithm()
                        + " key");
    }

    private PemDecoder decoder() {
        char[] secret = password;
        return secret == null ? PemDecoder.of() : PemDecoder.of().withDecryption(secret);
    }

    /** The state of both files on the disk. */
    List<FileStamp> stamps() {
        return List.of(FileStamp.of(chain), FileStamp.of(key));
    }

    /** The paths. */
    @Override
    public String toString() {
        return chain.equals(key) ? chain.toString() : chain + " and " + key;
    }
}
