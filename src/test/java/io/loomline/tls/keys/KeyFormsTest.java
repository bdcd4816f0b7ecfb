package io.loomline.tls.keys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The forms in which openssl writes private keys. */
class KeyFormsTest {
    private static final char[] PASSWORD = "secret".toCharArray();

    @TempDir private Path directory;

    private TestCertificate certificate;

    private Path file(String name) {
        return directory.resolve(name);
    }

    /** Writes the key of a new certificate, converts it, and reads the result. */
    private Identity converted(KeyKind kind, String command, char[] password) throws Exception {
        certificate = TestCertificates.server(kind, "a.example");
        Files.writeString(file("plain.pem"), certificate.keyPem());
        String paths = " -in " + file("plain.pem") + " -out " + file("key.pem");
        Openssl.run(command + paths);
        return read(password);
    }

    private Identity read(char[] password) throws IOException {
        return new KeyPairFiles(certificate.chain(), file("key.pem"), password).read();
    }

    private void assertWritten(String type) throws IOException {
        String text = Files.readString(file("key.pem"));
        assertTrue(text.contains("-----BEGIN " + type + "-----"), "it wrote another form");
    }

    @ParameterizedTest
    @EnumSource
    void pkcs8IsRead(KeyKind kind) throws Exception {
        Identity identity = converted(kind, "pkey", null);
        assertEquals(certificate.privateKey(), identity.key());
        assertWritten("PRIVATE KEY");
    }

    @ParameterizedTest
    @EnumSource
    void encryptedPkcs8IsRead(KeyKind kind) throws Exception {
        String command = "pkcs8 -topk8 -v2 aes-256-cbc -passout pass:secret";
        Identity identity = converted(kind, command, PASSWORD);
        assertEquals(certificate.privateKey(), identity.key());
        assertWritten("ENCRYPTED PRIVATE KEY");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-v2 aes-128-cbc -v2prf hmacWithSHA1",
                "-v2 aes-256-cbc -v2prf hmacWithSHA512"
            })
    void otherEncryptionsAreRead(String options) throws Exception {
        Identity identity =
                converted(KeyKind.EC, "pkcs8 -topk8 -passout pass:secret " + options, PASSWORD);
        assertEquals(certificate.privateKey(), identity.key());
    }

    @Test
    void pkcs1IsRead() throws Exception {
        Identity identity = converted(KeyKind.RSA, "pkey -traditional", null);
        assertEquals(certificate.privateKey(), identity.key());
        assertWritten("RSA PRIVATE KEY");
    }

    @Test
    void sec1IsRead() throws Exception {
        assertKeyIsUsable(converted(KeyKind.EC, "pkey -traditional", null));
        assertWritten("EC PRIVATE KEY");
    }

    /** It has the same secret, but may contain the public key as well. */
    private void assertKeyIsUsable(Identity identity) {
        assertTrue(KeyMatch.matches(identity.key(), certificate.certificate().getPublicKey()));
    }

    @Test
    void ecParametersMayPrecedeTheKey() throws Exception {
        converted(KeyKind.EC, "pkey -traditional", null);
        String parameters = Openssl.run("ecparam -name prime256v1");
        assertTrue(parameters.contains("EC PARAMETERS"));
        prepend(parameters);
        assertKeyIsUsable(read(null));
    }

    private void prepend(String text) throws IOException {
        String key = Files.readString(file("key.pem"));
        Files.writeString(file("key.pem"), text + key);
    }

    @Test
    void curveMayBeInTheParametersAlone() throws Exception {
        converted(KeyKind.EC, "pkey -traditional", null);
        PemRecord written = PemFile.read(file("key.pem")).records().getFirst();
        DerInput key = new DerInput(written.content()).enter(Der.SEQUENCE);
        byte[] bare = Der.element(Der.SEQUENCE, key.element(), key.element());
        Files.writeString(file("key.pem"), TestCertificate.pem("EC PRIVATE KEY", bare));
        assertEquals(
                file("key.pem")
                        + ": line 1: this EC PRIVATE KEY cannot be used: it does not name its"
                        + " curve",
                failure(null));
        prepend(Openssl.run("ecparam -name prime256v1"));
        assertKeyIsUsable(read(null));
    }

    @Test
    void explicitCurveIsRejected() throws Exception {
        String command = "ec -param_enc explicit";
        IOException e = assertThrows(IOException.class, () -> converted(KeyKind.EC, command, null));
        assertEquals(
                file("key.pem")
                        + ": line 1: this EC PRIVATE KEY cannot be used: it does not name its"
                        + " curve",
                e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"secp384r1", "secp521r1"})
    void otherCurvesAreRead(String curve) throws Exception {
        Openssl.run("ecparam -genkey -name " + curve + " -out " + file("key.pem"));
        PemFile read = PemFile.read(file("key.pem"));
        assertEquals("EC", PemDecoder.of().privateKeys(read).getFirst().getAlgorithm());
    }

    @Test
    @Tag("slow")
    void pssKeyIsRead() throws Exception {
        Path key = file("key.pem");
        Path chain = file("chain.pem");
        Openssl.run("genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out " + key);
        Openssl.run("req -new -x509 -subj /CN=pss -key " + key + " -out " + chain);
        assertEquals("RSASSA-PSS", new KeyPairFiles(chain, key, null).read().key().getAlgorithm());
    }

    @Test
    void textOfOpensslIsIgnored() throws Exception {
        Identity identity = converted(KeyKind.EC, "pkey -text", null);
        assertEquals(certificate.privateKey(), identity.key());
        Path chain = file("chain.pem");
        Openssl.run("x509 -text -in " + certificate.chain() + " -out " + chain);
        assertTrue(Files.readString(chain).startsWith("Certificate:"));
        assertEquals(
                certificate.certificate(),
                new KeyPairFiles(chain, file("key.pem"), null).read().leaf());
    }

    private String failure(char[] password) {
        return assertThrows(IOException.class, () -> read(password)).getMessage();
    }

    @Test
    void passwordMustFit() throws Exception {
        converted(KeyKind.EC, "pkcs8 -topk8 -passout pass:secret", PASSWORD);
        String place = file("key.pem") + ": line 1: this ENCRYPTED PRIVATE KEY cannot be used: ";
        assertEquals(place + "it is encrypted: expected a password for it", failure(null));
        assertEquals(
                place + "the password is wrong, or the file is damaged",
                failure("wrong".toCharArray()));
    }

    @Test
    void passwordMayHaveCharactersOutsideAscii() throws Exception {
        Path password = Files.writeString(file("password"), "geheimnüß");
        String command = "pkcs8 -topk8 -passout file:" + password;
        Identity identity = converted(KeyKind.EC, command, "geheimnüß".toCharArray());
        assertEquals(certificate.privateKey(), identity.key());
    }

    @Test
    void passwordIsIgnoredIfNotNeeded() throws Exception {
        Identity identity = converted(KeyKind.EC, "pkey", PASSWORD);
        assertEquals(certificate.privateKey(), identity.key());
    }

    @Test
    void scryptIsRejectedWithAWayToConvert() {
        String command = "pkcs8 -topk8 -scrypt -scrypt_N 16 -passout pass:secret";
        IOException e =
                assertThrows(IOException.class, () -> converted(KeyKind.EC, command, PASSWORD));
        assertEquals(
                file("key.pem")
                        + ": line 1: this ENCRYPTED PRIVATE KEY cannot be used: it is damaged, or"
                        + " the JDK does not know its encryption: expected PBES2 with PBKDF2, to"
                        + " which 'openssl pkcs8 -topk8 -v2 aes-256-cbc -in old.pem -out new.pem'"
                        + " converts it",
                e.getMessage());
    }

    @Test
    void oldEncryptionIsRejected() {
        String command = "pkey -traditional -aes256 -passout pass:secret";
        IOException e =
                assertThrows(IOException.class, () -> converted(KeyKind.RSA, command, PASSWORD));
        assertTrue(
                e.getMessage().startsWith(file("key.pem") + ": line 2: a key in OpenSSL's old"),
                e.getMessage());
    }

    @Test
    void keysThatTlsDoesNotUseAreRejected() throws Exception {
        Openssl.run("genpkey -algorithm X25519 -out " + file("key.pem"));
        certificate = TestCertificates.server("a.example");
        assertEquals(
                file("key.pem")
                        + ": line 1: this PRIVATE KEY cannot be used: its algorithm has the encoded"
                        + " object identifier 2b656e: expected RSA, EC or EdDSA",
                failure(null));
    }
}
