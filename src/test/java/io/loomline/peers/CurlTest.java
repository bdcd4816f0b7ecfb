package io.loomline.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loomline.net.Connection;
import io.loomline.probe.Programs;
import io.loomline.tls.Tls;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Our server, which speaks a little HTTP, against {@code curl}. */
class CurlTest extends TlsPeerFixture {
    /** curl(1): "The remote server's SSL certificate or SSH fingerprint was deemed not OK." */
    private static final int CERTIFICATE_REFUSED = 60;

    private static final int BODY_BYTES = 1 << 20;

    private Process start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Programs.require("curl", "curl"));
        command.addAll(List.of("--disable", "--noproxy", "*", "--silent", "--show-error"));
        command.addAll(List.of("--cacert", CA.toString()));
        command.addAll(List.of(arguments));
        return children.start(command);
    }

    private static Tls httpTls() throws IOException {
        return serverTls().withAlpn(List.of("http/1.1"));
    }

    /** The body ends with the connection. */
    private static void answer(Connection connection) throws Exception {
        String request = connection.readLine();
        String line;
        do {
            line = connection.readLine();
        } while (line != null && !line.isEmpty());
        var session = connection.tls().orElseThrow();
        connection.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
        connection.writeLine(request);
        connection.writeLine(session.protocol());
        connection.writeLine(session.applicationProtocol().orElseThrow());
        connection.write("x".repeat(BODY_BYTES));
    }

    @ParameterizedTest
    @CsvSource({"--tlsv1.3, TLSv1.3", "--tls-max 1.2, TLSv1.2"})
    void getsAWholeBodyWithoutALength(String options, String protocol) throws Exception {
        int port = listen(httpTls(), CurlTest::answer);
        List<String> arguments = new ArrayList<>(List.of(options.split(" ")));
        arguments.add("https://%s:%d/path".formatted(HOST, port));
        Process curl = start(arguments.toArray(String[]::new));
        String body = new String(curl.getInputStream().readAllBytes(), UTF_8);
        assertEquals(0, curl.waitFor());
        String head = "GET /path HTTP/1.1\n" + protocol + "\nhttp/1.1\n";
        assertTrue(body.startsWith(head), () -> body.substring(0, 100));
        assertEquals(head.length() + BODY_BYTES, body.length());
    }

    @Test
    void refusesACertificateForAnotherHost() throws Exception {
        int port = listen(httpTls(), CurlTest::answer);
        Process curl = start("https://127.0.0.1:" + port);
        assertEquals(CERTIFICATE_REFUSED, curl.waitFor());
        assertEquals("", new String(curl.getInputStream().readAllBytes(), UTF_8));
    }
}
