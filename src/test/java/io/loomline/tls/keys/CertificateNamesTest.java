package io.loomline.tls.keys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.stream.IntStream;

class CertificateNamesTest {
    private static CertificateNames of(TestCertificate certificate) {
        return CertificateNames.of(certificate.certificate());
    }

    @Test
    void alternativeNamesHideTheCommonName() {
        CertificateNames names =
                of(TestCertificates.server("a.example", "127.0.0.1", "*.b.example", "::1"));
        assertEquals(List.of("a.example", "*.b.example"), names.hosts());
        assertEquals(List.of("127.0.0.1", "0:0:0:0:0:0:0:1"), names.addresses());
        assertNull(names.commonName());
        assertEquals("a.example, *.b.example, 127.0.0.1, 0:0:0:0:0:0:0:1", names.toString());
    }

    @Test
    void commonNameIsShownIfThereAreNoOthers() {
        CertificateNames names = of(TestCertificates.withoutNames("grüner Server"));
        assertEquals(List.of(), names.hosts());
        assertEquals("grüner Server", names.commonName());
        assertEquals("grüner Server", names.toString());
    }

    @Test
    void certificateMayHaveNoNameAtAll() {
        TestCertificate nameless =
                CertificateForm.of("O=An Organisation").issuedBy(TestCertificates.ca());
        assertEquals("no name", of(nameless).toString());
    }

    @Test
    void longListIsCut() {
        String[] many = IntStream.range(0, 11).mapToObj(i -> i + ".example").toArray(String[]::new);
        String text = of(TestCertificates.server(many)).toString();
        assertEquals(
                "0.example, 1.example, 2.example, 3.example, 4.example, 5.example, 6.example,"
                        + " 7.example and 3 more",
                text);
    }

    @Test
    void textIsEscaped() {
        assertEquals("a\\u000ab", of(TestCertificates.withoutNames("a\\0Ab")).toString());
        assertEquals(
                "x\\u001b[2J.example",
                of(TestCertificates.server("x\u001b[2J.example")).toString());
    }
}
