package io.loomline.tls.keys;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

import javax.security.auth.x500.X500Principal;

/**
 * What a certificate is to contain. Encoded here, because the JDK's keytool takes half a second for
 * each.
 */
public record CertificateForm(
        String subject,
        List<String> names,
        Instant from,
        Instant until,
        boolean authority,
        KeyKind kind) {
    private static final int BOOLEAN = 0x01;
    private static final int BIT_STRING = 0x03;
    private static final int UTC_TIME = 0x17;
    private static final int DNS_NAME = 0x82;
    private static final int IP_ADDRESS = 0x87;
    private static final int KEY_IDENTIFIER = 0x80;

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

    public CertificateForm {
        names = List.copyOf(names);
    }

    /** A certificate for now, with the names as subject alternative names. */
    public static CertificateForm of(String subject, String... names) {
        Instant now = Instant.now();
        return new CertificateForm(
                subject,
                List.of(names),
                now.minus(Duration.ofDays(1)),
                now.plus(Duration.ofDays(90)),
                false,
                KeyKind.EC);
    }

    public CertificateForm withKind(KeyKind kind) {
        return new CertificateForm(subject, names, from, until, authority, kind);
    }

    public CertificateForm withValidity(Instant from, Instant until) {
        return new CertificateForm(subject, names, from, until, authority, kind);
    }

    public CertificateForm asAuthority() {
        return new CertificateForm(subject, names, from, until, true, kind);
    }

    /** A certificate that signs itself. */
    public TestCertificate selfSigned() {
        try {
            KeyPair pair = kind.newPair();
            return new TestCertificate(this, pair, List.of(signed(pair, this, pair)));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /** A certificate of that authority. The chain leaves out the root, which the peer knows. */
    public TestCertificate issuedBy(TestCertificate issuer) {
        try {
            KeyPair pair = kind.newPair();
            List<X509Certificate> chain = new ArrayList<>();
            chain.add(signed(pair, issuer.form(), issuer.pair()));
            if (!issuer.isSelfSigned()) chain.addAll(issuer.certificates());
            return new TestCertificate(this, pair, chain);
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private X509Certificate signed(KeyPair pair, CertificateForm issuer, KeyPair issuerPair)
            throws GeneralSecurityException {
        byte[] content = content(pair.getPublic(), issuer, issuerPair.getPublic());
        Signature signature = Signature.getInstance(issuer.kind.signature());
        signature.initSign(issuerPair.getPrivate());
        signature.update(content);
        byte[] encoded =
                Der.element(
                        Der.SEQUENCE,
                        content,
                        issuer.kind.signatureAlgorithm(),
                        Der.element(BIT_STRING, new byte[1], signature.sign()));
        return (X509Certificate)
                CertificateFactory.getInstance("X.509")
                        .generateCertificate(new ByteArrayInputStream(encoded));
    }

    private byte[] content(PublicKey key, CertificateForm issuer, PublicKey issuerKey)
            throws GeneralSecurityException {
        byte[] version = Der.element(Der.INTEGER, new byte[] {2});
        byte[] serial = new BigInteger(64, new Random()).setBit(64).toByteArray();
        return Der.element(
                Der.SEQUENCE,
                Der.element(Der.field(0), version),
                Der.element(Der.INTEGER, serial),
                issuer.kind.signatureAlgorithm(),
                issuer.encodedSubject(),
                Der.element(Der.SEQUENCE, time(from), time(until)),
                encodedSubject(),
                key.getEncoded(),
                Der.element(Der.field(3), extensions(key, issuerKey)));
    }

    private byte[] encodedSubject() {
        return new X500Principal(subject).getEncoded();
    }

    private static byte[] time(Instant time) {
        return Der.element(UTC_TIME, TIME.format(time).getBytes(US_ASCII));
    }

    /** All that a strict peer asks for. */
    private byte[] extensions(PublicKey key, PublicKey issuerKey) throws GeneralSecurityException {
        List<byte[]> all = new ArrayList<>();
        byte[] keyIdentifier = Der.element(Der.OCTET_STRING, digest(key));
        byte[] issuerIdentifier = Der.element(KEY_IDENTIFIER, digest(issuerKey));
        all.add(extension("551d0e", false, keyIdentifier));
        all.add(extension("551d23", false, Der.element(Der.SEQUENCE, issuerIdentifier)));
        all.add(extension("551d13", true, basicConstraints()));
        all.add(extension("551d0f", true, Der.element(BIT_STRING, keyUsage())));
        if (!authority) all.add(extension("551d25", false, extendedKeyUsage()));
        if (!names.isEmpty()) all.add(extension("551d11", false, alternativeNames()));
        return Der.element(Der.SEQUENCE, all.toArray(byte[][]::new));
    }

    private static byte[] digest(PublicKey key) throws GeneralSecurityException {
        return MessageDigest.getInstance("SHA-1").digest(key.getEncoded());
    }

    private static byte[] extension(String identifier, boolean critical, byte[] value) {
        return Der.element(
                Der.SEQUENCE,
                identifier(identifier),
                critical ? Der.element(BOOLEAN, new byte[] {-1}) : new byte[0],
                Der.element(Der.OCTET_STRING, value));
    }

    private static byte[] identifier(String hex) {
        return Der.element(Der.OBJECT_IDENTIFIER, HexFormat.of().parseHex(hex));
    }

    private byte[] basicConstraints() {
        return authority
                ? Der.element(Der.SEQUENCE, Der.element(BOOLEAN, new byte[] {-1}))
                : Der.element(Der.SEQUENCE);
    }

    /** The number of unused bits, then certificate signing or digital signature. */
    private byte[] keyUsage() {
        return authority ? new byte[] {2, 0x04} : new byte[] {7, (byte) 0x80};
    }

    /** Of servers and of clients. */
    private static byte[] extendedKeyUsage() {
        return Der.element(
                Der.SEQUENCE, identifier("2b06010505070301"), identifier("2b06010505070302"));
    }

    private byte[] alternativeNames() {
        return Der.element(
                Der.SEQUENCE,
                names.stream().map(CertificateForm::alternativeName).toArray(byte[][]::new));
    }

    private static byte[] alternativeName(String name) {
        try {
            return Der.element(IP_ADDRESS, InetAddress.ofLiteral(name).getAddress());
        } catch (IllegalArgumentException e) {
            return Der.element(DNS_NAME, name.getBytes(US_ASCII));
        }
    }
}
