package io.loomline.tls.keys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

class KeyPairFilesTest {
    @TempDir private Path directory;

    private Path chain;
    private Path key;

    private final TestCertificate server =
            TestCertificates.serverBelowIntermediate("a.example", "b.example");

    private Identity read(String chainText, String keyText) throws IOException {
        chain = Files.writeString(directory.resolve("chain.pem"), chainText);
        key = Files.writeString(directory.resolve("key.pem"), keyText);
        return new KeyPairFiles(chain, key, null).read();
    }

    private String failure(String chainText, String keyText) {
        return assertThrows(IOException.class, () -> read(chainText, keyText)).getMessage();
    }

    @Test
    void readsChainAndKey() throws IOException {
        Identity identity = read(server.chainPem(), server.keyPem());
        assertEquals(server.certificates(), identity.chain());
        assertEquals(2, identity.chain().size());
        assertEquals(server.privateKey(), identity.key());
        assertEquals(List.of("a.example", "b.example"), identity.names().hosts());
    }

    @Test
    void oneFileMayHaveBoth() throws IOException {
        String both = server.keyPem() + server.chainPem();
        assertEquals(server.identity(), read(both, both));
        assertEquals(server.identity(), new KeyPairFiles(key, key, null).read());
    }

    @Test
    void keyThatBelongsToTheCertificateIsChosen() throws IOException {
        String other = TestCertificates.server(KeyKind.RSA, "a.example").keyPem();
        assertEquals(server.identity(), read(server.chainPem(), other + server.keyPem()));
    }

    @Test
    void rootMayEndTheChain() throws IOException {
        String root = TestCertificates.ca().chainPem();
        assertEquals(3, read(server.chainPem() + root, server.keyPem()).chain().size());
    }

    @Test
    void keyOfAnotherCertificateIsRejected() {
        TestCertificate other = TestCertificates.server("c.example");
        String message = failure(server.chainPem(), "text\n" + other.keyPem());
        assertEquals(
                ("%s: line 2: this key does not belong to the first certificate of %s, which is for"
                                + " a.example, b.example: expected its EC key")
                        .formatted(key, chain),
                message);
        String rsa = TestCertificates.server(KeyKind.RSA, "c.example").keyPem();
        assertEquals(message, failure(server.chainPem(), "text\n" + rsa));
    }

    @Test
    void misplacedCertificateIsNamed() {
        String leaf = TestCertificates.server("c.example").chainPem();
        String message = failure(server.chainPem() + leaf, server.keyPem());
        int line = lines(server.chainPem()) + 1;
        assertEquals(
                ("%s: line %d: certificate 3 of the chain, CN=server, did not issue the one before"
                                + " it, CN=Test intermediate: expected the certificate of its"
                                + " issuer, CN=Test ca")
                        .formatted(chain, line),
                message);
    }

    @Test
    void certificateInTheWrongOrderIsNamed() {
        String leaf = server.chainPem().substring(0, server.chainPem().indexOf("-----BEGIN", 1));
        String intermediate = TestCertificates.intermediate().chainPem();
        String root = TestCertificates.ca().chainPem();
        String message = failure(leaf + root + intermediate, server.keyPem());
        assertEquals(
                ("%s: line %d: certificate 2 of the chain, CN=Test ca, did not issue the one before"
                                + " it, CN=server: expected certificate 3, CN=Test intermediate,"
                                + " here")
                        .formatted(chain, lines(leaf) + 1),
                message);
    }

    @Test
    void issuerWithTheSameNameButAnotherKeyIsRejected() {
        TestCertificate impostor =
                CertificateForm.of("CN=Test intermediate")
                        .asAuthority()
                        .issuedBy(TestCertificates.ca());
        String leaf = server.chainPem().substring(0, server.chainPem().indexOf("-----BEGIN", 1));
        String message = failure(leaf + impostor.chainPem(), server.keyPem());
        assertTrue(message.contains("CN=Test intermediate, did not issue"), message);
    }

    private static int lines(String text) {
        return (int) text.lines().count();
    }

    @Test
    void filesWithoutWhatIsExpectedAreRejected() {
        assertEquals(
                directory.resolve("chain.pem")
                        + ": line 1: PRIVATE KEY: expected a record of type CERTIFICATE",
                failure(server.keyPem(), server.keyPem()));
        assertEquals(
                directory.resolve("key.pem")
                        + ": line 1: CERTIFICATE: expected a record of type PRIVATE KEY",
                failure(server.chainPem(), server.chainPem()));
    }

    @Test
    void damagedCertificateIsRejected() {
        byte[] certificate = TestCertificate.encoded(server.certificate());
        String bytesAfter =
                TestCertificate.pem(
                        "CERTIFICATE", Arrays.copyOf(certificate, certificate.length + 2));
        assertEquals(
                directory.resolve("chain.pem")
                        + ": line 1: 2 bytes follow the certificate: expected none",
                failure(bytesAfter, server.keyPem()));
        String garbage = TestCertificate.pem("CERTIFICATE", new byte[] {1, 2, 3});
        assertTrue(failure(garbage, server.keyPem()).contains("line 1: not a valid certificate"));
    }

    @Test
    void chainCutAtAnyLineIsRejectedOrShorter() {
        String pem = server.chainPem();
        for (int i = 0; i < lines(pem); i++) {
            String cut = firstLines(pem, i);
            if (cut.endsWith("-----END CERTIFICATE-----\n")) continue;
            assertPlaced("chain.pem", failure(cut, server.keyPem()));
        }
        String leaf = pem.substring(0, pem.indexOf("-----BEGIN", 1));
        assertEquals(List.of(server.certificate()), assertReadable(leaf, server.keyPem()).chain());
    }

    private Identity assertReadable(String chainText, String keyText) {
        try {
            return read(chainText, keyText);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void keyCutAtAnyLineIsRejected() {
        TestCertificate rsa = TestCertificates.server(KeyKind.RSA, "a.example");
        String pem = "a text\n" + rsa.keyPem();
        for (int i = 0; i < lines(pem); i++) {
            assertPlaced("key.pem", failure(rsa.chainPem(), firstLines(pem, i)));
        }
        assertReadable(rsa.chainPem(), pem);
    }

    @Test
    void fileWithAnyLineMissingIsRejected() {
        TestCertificate rsa = TestCertificates.server(KeyKind.RSA, "a.example");
        String pem = rsa.keyPem() + rsa.chainPem();
        for (int i = 0; i < lines(pem); i++) {
            int missing = i;
            String holed = firstLines(pem, missing) + lastLines(pem, missing + 1);
            assertPlaced("", failure(holed, holed));
        }
    }

    private static String firstLines(String text, int count) {
        return text.lines().limit(count).map(line -> line + "\n").collect(Collectors.joining());
    }

    private static String lastLines(String text, int skipped) {
        return text.lines().skip(skipped).map(line -> line + "\n").collect(Collectors.joining());
    }

    private void assertPlaced(String file, String message) {
        assertTrue(message.startsWith(directory.resolve(file).toString()), message);
        assertTrue(message.contains(".pem: line "), message);
    }

    @Test
    void nothingShowsTheKeyOrThePassword() throws IOException {
        Identity identity = read(server.chainPem(), server.keyPem());
        assertTrue(
                identity.toString().startsWith("a.example, b.example, valid until "),
                identity.toString());
        var files = new KeyPairFiles(chain, key, "secret".toCharArray());
        assertEquals(chain + " and " + key, files.toString());
        assertFalse(
                failure(server.chainPem(), server.keyPem().replace("\nM", "\n!")).contains("!"));
    }

    @Test
    void identityChecksWhatItIsGiven() {
        TestCertificate other = TestCertificates.server("c.example");
        assertEquals(
                "chain is empty: expected at least 1 certificate",
                rejection(() -> new Identity(other.privateKey(), List.of())));
        assertEquals(
                "the key does not belong to the certificate for a.example, b.example",
                rejection(() -> new Identity(other.privateKey(), server.certificates())));
        assertTrue(
                rejection(() -> new Identity(server.privateKey(), server.certificates().reversed()))
                        .startsWith("certificate 2 of the chain, CN=server, did not issue"));
    }

    private static String rejection(Runnable call) {
        return assertThrows(IllegalArgumentException.class, call::run).getMessage();
    }
}
