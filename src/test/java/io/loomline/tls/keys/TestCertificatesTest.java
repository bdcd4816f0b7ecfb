package io.loomline.tls.keys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.List;

/** The fixtures are what they say, as others see them. */
class TestCertificatesTest {
    @ParameterizedTest
    @EnumSource
    void opensslAcceptsAServer(KeyKind kind) throws Exception {
        TestCertificate server = TestCertificates.server(kind, "a.example", "127.0.0.1", "::1");
        assertEquals("OK", verified(server, "-verify_hostname", "a.example"));
        assertEquals("OK", verified(server, "-verify_ip", "::1"));
    }

    @Test
    void opensslAcceptsAServerBelowTheIntermediate() throws Exception {
        TestCertificate server = TestCertificates.serverBelowIntermediate("a.example");
        String intermediate = TestCertificates.intermediate().chain().toString();
        assertEquals("OK", verified(server, "-untrusted", intermediate));
    }

    @Test
    void opensslRejectsTheOthers() throws Exception {
        assertEquals("error 20", verified(TestCertificates.untrustedServer("a.example")));
        assertEquals("error 10", verified(TestCertificates.expired("a.example")));
        assertEquals("error 9", verified(TestCertificates.notYetValid("a.example")));
    }

    private static String verified(TestCertificate certificate, String... options)
            throws IOException, InterruptedException {
        String[] fixed = {"verify", "-x509_strict", "-CAfile"};
        String output =
                Openssl.output(
                        List.of(fixed),
                        List.of(TestCertificates.ca().chain().toString()),
                        List.of(options),
                        List.of(certificate.chain().toString()));
        int error = output.indexOf("error ");
        return error < 0
                ? output.substring(output.lastIndexOf(' ') + 1).strip()
                : output.substring(error, output.indexOf(" at ", error));
    }

    @Test
    void datesAreWrong() {
        assertThrows(
                CertificateExpiredException.class,
                () -> TestCertificates.expired("a.example").certificate().checkValidity());
        assertThrows(
                CertificateNotYetValidException.class,
                () -> TestCertificates.notYetValid("a.example").certificate().checkValidity());
    }
}
