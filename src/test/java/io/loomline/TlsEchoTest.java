package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.Programs;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import java.io.BufferedReader;
import java.util.ArrayList;
import java.util.List;

/** The sample {@code TlsEcho}, on its own and with the client of OpenSSL. */
class TlsEchoTest {
    @RegisterExtension static final CompiledSample SAMPLE = new CompiledSample("TlsEcho");

    @Test
    void showsTheSessionOfBothSides() throws Exception {
        try (var sample = SAMPLE.start()) {
            assertEquals(0, sample.awaitExit(), sample::printed);
            String printed = sample.printed();
            assertTrue(printed.contains("client: TLSv1.3, TLS_AES_256_GCM_SHA384"), printed);
            assertTrue(printed.contains("server: TLSv1.3, TLS_AES_256_GCM_SHA384"), printed);
            assertTrue(printed.contains("client: certificate of CN=localhost"), printed);
            assertTrue(printed.contains("client: echo of 'can read this'"), printed);
        }
    }

    /** Runs the command that the sample prints. */
    @Test
    void printsACommandThatTalksToIt() throws Exception {
        String openssl = Programs.require("openssl", "openssl");
        try (var sample = SAMPLE.start("0")) {
            String printed = sample.awaitLine("openssl s_client");
            List<String> command = new ArrayList<>(List.of(printed.split(" ")));
            command.set(0, openssl);
            command.addAll(List.of("-quiet", "-verify_return_error"));
            Process client = new ProcessBuilder(command).redirectErrorStream(true).start();
            try (BufferedReader answers = client.inputReader()) {
                client.outputWriter().append("hello\n").flush();
                List<String> lines = new ArrayList<>();
                for (String line; (line = answers.readLine()) != null; ) {
                    lines.add(line);
                    if (line.equals("hello")) break;
                }
                assertEquals("hello", lines.getLast(), lines::toString);
            } finally {
                client.destroyForcibly().onExit().join();
            }
        }
    }
}
