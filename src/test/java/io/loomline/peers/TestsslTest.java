package io.loomline.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.Programs;
import io.loomline.tls.Tls;
import io.loomline.tls.keys.KeyKind;
import io.loomline.tls.keys.TestCertificate;
import io.loomline.tls.keys.TestCertificates;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Our server with default options against the scanner {@code testssl.sh}. */
class TestsslTest extends TlsPeerFixture {
    private static final Set<String> HARMLESS = Set.of("OK", "INFO", "LOW", "DEBUG");

    /** A warning about the openssl that the scanner runs, not about us. */
    private static final String ENGINE = "engine_problem";

    /** The checks of protocols, ciphers, forward secrecy, preference and vulnerabilities. */
    private static final List<String> CHECKS = List.of("-p", "-s", "-f", "-P", "-U");

    private static final Pattern FINDING =
            Pattern.compile(
                    "\"id\"\\s*:\\s*\"([^\"]*)\"[^}]*\"severity\"\\s*:\\s*\"([^\"]*)\""
                            + "[^}]*\"finding\"\\s*:\\s*\"([^\"]*)\"");

    private record Finding(String id, String severity, String text) {}

    @ParameterizedTest
    @EnumSource(names = {"EC", "RSA"})
    @Tag("slow")
    @Timeout(600)
    void findsNoWeaknessInTheDefaults(KeyKind kind, @TempDir Path directory) throws Exception {
        TestCertificate server = TestCertificates.server(kind, HOST);
        int port = listen(Tls.server(server.chain(), server.key()), TlsPeerFixture::echo);
        Path report = directory.resolve("report.json");
        Path output = directory.resolve("output.txt");
        List<String> command = new ArrayList<>();
        command.add(Programs.require("testssl", "testssl.sh"));
        command.addAll(List.of("--quiet", "--color", "0", "--warnings", "off", "--nodns", "none"));
        command.addAll(List.of("--ip", "127.0.0.1", "--jsonfile", report.toString()));
        command.addAll(CHECKS);
        command.add(HOST + ":" + port);
        Process scanner =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
        try {
            scanner.waitFor();
        } finally {
            scanner.destroyForcibly().onExit().join();
        }
        List<Finding> findings = findings(report);
        String printed = Files.readString(output);
        assertTrue(findings.stream().anyMatch(each -> each.id.equals("TLS1_3")), printed);
        assertTrue(findings.stream().anyMatch(each -> each.id.equals("LUCKY13")), printed);
        assertEquals(List.of(), findings.stream().filter(TestsslTest::isWeakness).toList());
    }

    private static boolean isWeakness(Finding finding) {
        return !HARMLESS.contains(finding.severity) && !finding.id.equals(ENGINE);
    }

    private static List<Finding> findings(Path report) throws IOException {
        Matcher matcher = FINDING.matcher(Files.readString(report));
        return matcher.results()
                .map(each -> new Finding(each.group(1), each.group(2), each.group(3)))
                .toList();
    }
}
