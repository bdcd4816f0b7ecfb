package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loomline.probe.Programs;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The sample {@code StartTls}, on its own and with the mail client of Python. */
class StartTlsTest {
    @RegisterExtension static final CompiledSample SAMPLE = new CompiledSample("StartTls");

    /** Its certificate is in no file, so it is not checked. */
    private static final String SCRIPT =
            """
            import smtplib, ssl, sys
            context = ssl._create_unverified_context()
            with smtplib.SMTP("localhost", int(sys.argv[1]), timeout=30) as client:
                client.ehlo("client")
                offered = client.has_extn("starttls")
                code, _ = client.starttls(context=context)
                assert code == 220, code
                code, _ = client.ehlo("client")
                again, _ = client.docmd("STARTTLS")
                print(offered, client.sock.version(), code, client.has_extn("starttls"), again)
            """;

    @Test
    void showsTheDialogueAndItsProtocol() throws Exception {
        try (var sample = SAMPLE.start()) {
            assertEquals(0, sample.awaitExit(), sample::printed);
            String printed = sample.printed();
            assertTrue(printed.contains("no TLS  server: 250 STARTTLS"), printed);
            assertTrue(printed.contains("no TLS  client: STARTTLS"), printed);
            assertTrue(printed.contains("TLSv1.3 client: EHLO client"), printed);
            assertTrue(printed.contains("TLSv1.3 server: 221 goodbye"), printed);
        }
    }

    @Test
    void upgradesForTheMailClientOfPython() throws Exception {
        String python = Programs.require("python3", "python3");
        try (var sample = SAMPLE.start("0")) {
            String port = sample.awaitLine("listening on port").replaceAll("\\D", "");
            var client = new ProcessBuilder(python, "-I", "-c", SCRIPT, port);
            Process process = client.redirectErrorStream(true).start();
            try {
                String printed = new String(process.getInputStream().readAllBytes(), UTF_8);
                assertEquals("True TLSv1.3 250 False 503", printed.strip());
            } finally {
                process.destroyForcibly().onExit().join();
            }
        }
    }
}
