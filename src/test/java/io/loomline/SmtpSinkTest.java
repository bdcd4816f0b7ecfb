package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.loomline.net.ConnectionHandler;
import io.loomline.probe.Child;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Programs;
import io.loomline.tls.Tls;
import io.loomline.tls.keys.TestCertificate;
import io.loomline.tls.keys.TestCertificates;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.lang.reflect.Field;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The sample {@code SmtpSink}, with Python's smtplib, with swaks, and with raw bytes. */
class SmtpSinkTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    @RegisterExtension static final CompiledSample SAMPLE = new CompiledSample("SmtpSink");

    private static final TestCertificate CERTIFICATE = TestCertificates.server("localhost");

    private static final String SENT = "from <a@example.org> to [b@example.org]: %d bytes";

    /** Up to the data of a message. */
    private static final String ENVELOPE =
            "EHLO me\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n";

    private static SampleServer serve() throws Exception {
        return new SampleServer(handler());
    }

    private static ConnectionHandler handler() throws Exception {
        return SampleServer.handlers(SAMPLE.load("SmtpSink$Session"));
    }

    /** With a certificate for localhost. */
    private static SampleServer serveSecurely() throws Exception {
        Class<?> session = SAMPLE.load("SmtpSink$Session");
        Field tls = session.getNestHost().getDeclaredField("tls");
        tls.setAccessible(true);
        tls.set(null, Tls.server(CERTIFICATE.chain(), CERTIFICATE.key()));
        return new SampleServer(SampleServer.handlers(session));
    }

    /** Runs statements with a client {@code smtp}; returns what they print. */
    private static List<String> smtplib(SampleServer server, String statements) throws Exception {
        String python = Programs.require("python3", "python3");
        String script =
                """
                import smtplib
                a, b = 'a@example.org', 'b@example.org'
                smtp = smtplib.SMTP('127.0.0.1', %d)
                """
                        .formatted(server.port());
        try (var child = Child.start(List.of(python, "-c", script + statements))) {
            List<String> printed = child.rest();
            assertEquals(0, child.exitCode(), () -> String.join("\n", printed));
            return printed;
        }
    }

    @Test
    void receivesMessagesOfSmtplibInOneSession() throws Exception {
        try (var server = serve()) {
            smtplib(
                    server,
                    """
                    smtp.sendmail(a, [b], 'Subject: 1\\n\\none\\n')
                    smtp.sendmail(a, [b, 'c@example.org'], 'Subject: 2\\n\\n.\\n..\\n.dot\\n')
                    smtp.sendmail('', ['"a b"@example.org'], b'Subject: 3\\r\\n\\r\\n\\xff\\x80\\r\\n',
                                  mail_options=['BODY=8BITMIME'])
                    smtp.sendmail(a, [b], b'x' * 998 + b'\\r\\n' + b'.\\r\\n' * 100_000)
                    smtp.quit()
                    """);
            assertEquals(
                    List.of(
                            SENT.formatted(19),
                            "from <a@example.org> to [b@example.org, c@example.org]: 27 bytes",
                            "from <> to [\"a b\"@example.org]: 18 bytes",
                            SENT.formatted(301_000)),
                    server.printed());
        }
    }

    @Test
    void refusesMessagesOverTheLimitAndGoesOn() throws Exception {
        try (var server = serve()) {
            List<String> codes =
                    smtplib(
                            server,
                            """
                            def refused(message):
                                try: smtp.sendmail(a, [b], message)
                                except smtplib.SMTPResponseException as e: print(e.smtp_code)
                            smtp.ehlo()
                            large = (b'x' * 998 + b'\\r\\n') * 11_000
                            refused(large) # because of SIZE
                            smtp.esmtp_features.clear()
                            refused(large)
                            smtp.sendmail(a, [b], 'x')
                            smtp.quit()
                            """);
            assertEquals(List.of("552", "552"), codes);
            assertEquals(List.of(SENT.formatted(3)), server.printed());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--protocol=SMTP", "--protocol=ESMTP", "--pipeline"})
    void receivesMessagesOfSwaks(String option) throws Exception {
        String swaks = Programs.require("swaks", "swaks");
        try (var server = serve()) {
            String address = "--server=127.0.0.1:" + server.port();
            var mail = List.of(swaks, address, "--from=a@example.org", "--to=b@example.org");
            List<String> command = new ArrayList<>(mail);
            command.add(option);
            try (var child = Child.start(command)) {
                List<String> printed = child.rest();
                assertEquals(0, child.exitCode(), () -> String.join("\n", printed));
            }
            String line = server.printed().getFirst();
            assertTrue(line.startsWith("from <a@example.org> to [b@example.org]: "), line);
        }
    }

    @Test
    void smtplibUpgradesToTls() throws Exception {
        try (var server = serveSecurely()) {
            List<String> printed =
                    smtplib(
                            server,
                            """
                            import ssl
                            context = ssl.create_default_context(cafile='%s')
                            smtp._host = 'localhost'
                            smtp.ehlo()
                            print(smtp.has_extn('starttls'))
                            smtp.starttls(context=context)
                            print(smtp.docmd('MAIL FROM:<a>')[0]) # the session starts again
                            smtp.sendmail(a, [b], 'x')
                            print(smtp.has_extn('starttls'))
                            print(smtp.docmd('STARTTLS')[0])
                            smtp.quit()
                            """
                                    .formatted(TestCertificates.ca().chain()));
            assertEquals(List.of("True", "503", "False", "503"), printed);
            assertEquals(List.of(SENT.formatted(3)), server.printed());
        }
    }

    @Test
    void swaksUpgradesToTls() throws Exception {
        String swaks = Programs.require("swaks", "swaks");
        String perl = Programs.require("perl", "perl");
        try (var tls = Child.start(List.of(perl, "-MNet::SSLeay", "-e", "1"))) {
            tls.rest();
            assumeTrue(tls.exitCode() == 0, "swaks has no TLS: package libnet-ssleay-perl");
        }
        try (var server = serveSecurely()) {
            String address = "--server=127.0.0.1:" + server.port();
            var mail =
                    List.of(swaks, address, "--from=a@example.org", "--to=b@example.org", "--tls");
            try (var child = Child.start(mail)) {
                List<String> printed = child.rest();
                assertEquals(0, child.exitCode(), () -> String.join("\n", printed));
                assertTrue(printed.stream().anyMatch(line -> line.startsWith("=== TLS started")));
            }
            String line = server.printed().getFirst();
            assertTrue(line.startsWith("from <a@example.org> to [b@example.org]: "), line);
        }
    }

    @Test
    void withoutCertificateTlsIsNotOffered() throws Exception {
        try (var server = serve()) {
            assertEquals("220 250 503 221", talk(server, "EHLO x\r\nSTARTTLS\r\nQUIT\r\n"));
        }
    }

    /** Reads one line of a reply. */
    private static void expect(BufferedReader replies, String start) throws IOException {
        String line = replies.readLine();
        assertTrue(line != null && line.startsWith(start), line);
    }

    @Test
    @SuppressWarnings("try") // the server waits for the close
    void sessionBetweenCommandsGets421WhenTheServerStops() throws Exception {
        try (var server = serve();
                Socket socket = server.connect();
                var replies = reader(socket)) {
            expect(replies, "220");
            var shutdown = server.shutdown();
            expect(replies, "421 4.3.2 ");
            assertNull(replies.readLine());
            socket.shutdownOutput();
            assertEquals(1, shutdown.result().finished());
        }
    }

    @Test
    @SuppressWarnings("try") // the server waits for the close
    void messageInTransferIsReceivedBeforeThe421() throws Exception {
        try (var server = serve();
                Socket socket = server.connect();
                var replies = reader(socket)) {
            OutputStream output = socket.getOutputStream();
            output.write((ENVELOPE + "half a ").getBytes(ISO_8859_1));
            for (String line; !(line = replies.readLine()).startsWith("354"); ) {
                assertTrue(line.startsWith("2"), line);
            }
            var shutdown = server.shutdown();
            shutdown.awaitIn("awaitEmpty");
            output.write("message\r\n.\r\n".getBytes(ISO_8859_1));
            expect(replies, "250");
            expect(replies, "421 4.3.2 ");
            assertNull(replies.readLine());
            socket.shutdownOutput();
            assertEquals(1, shutdown.result().finished());
            assertEquals(List.of(SENT.formatted(16)), server.printed());
        }
    }

    private static BufferedReader reader(Socket socket) throws IOException {
        return new BufferedReader(new InputStreamReader(socket.getInputStream(), ISO_8859_1));
    }

    /** Sends everything at once, and returns the codes of the replies. */
    private static String talk(SampleServer server, String text) throws IOException {
        try (Socket socket = server.connect()) {
            socket.getOutputStream().write(text.getBytes(ISO_8859_1));
            socket.shutdownOutput();
            String replies = new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
            assertTrue(replies.endsWith("\r\n"), replies);
            return String.join(
                    " ",
                    replies.lines()
                            .filter(line -> line.charAt(3) == ' ')
                            .map(line -> line.substring(0, 3))
                            .toList());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "QUIT, 220 221",
        "nOOp|quit|NOOP, 220 250 221",
        "MAIL FROM:<a>, 220 503",
        "RSET|MAIL FROM:<a>, 220 250 503",
        "HELO x|RCPT TO:<b>|DATA, 220 250 503 503",
        "EHLO x|MAIL FROM:<a>|DATA|MAIL FROM:<a>, 220 250 250 503 503",
        "EHLO x|MAIL FROM:<a>|RCPT TO:<b>|RSET|DATA, 220 250 250 250 250 503",
        "EHLO x|MAIL FROM:<a>|RCPT TO:<b>|EHLO x|DATA, 220 250 250 250 250 503",
        "EHLO x|mail from:<a> body=8bitmime size=5 |RCPT TO:<>|rcpt to:<b>, 220 250 250 501 250",
        "EHLO x|MAIL FROM:<a> SIZE=99999999|MAIL FROM:<a> X=1|MAIL FROM:a, 220 250 552 555 501",
        "EHLO x|MAIL FROM:<a>|RCPT TO:<b> SIZE=5|RCPT TO:<b> BODY=7BIT|DATA, 220 250 250 555 555"
                + " 503",
        "EHLO x|MAIL FROM:<a\u00e9>|MAIL FROM:<a\u0007>|MAIL FROM, 220 250 501 501 501",
        "WHAT|''| |VRFY a|\u00ff, 220 500 500 500 252 500",
    })
    void answersCommands(String commands, String codes) throws Exception {
        try (var server = serve()) {
            assertEquals(
                    codes, talk(server, commands.replace("|", "\r\n").replace("''", "") + "\r\n"));
        }
    }

    @Test
    void boundsTheNumberOfRecipients() throws Exception {
        try (var server = serve()) {
            String text = "EHLO x\r\nMAIL FROM:<a>\r\n" + "RCPT TO:<b>\r\n".repeat(101);
            assertTrue(talk(server, text).endsWith("250 250 452"));
        }
    }

    @Test
    void answersAPipelinedSession() throws Exception {
        try (var server = serve()) {
            String mail = ENVELOPE + "..\r\n.\r\n";
            assertEquals(
                    "220 250 250 250 354 250 250 250 250 354 250 221",
                    talk(server, mail + mail + "QUIT\r\n"));
            assertEquals(List.of(SENT.formatted(3), SENT.formatted(3)), server.printed());
        }
    }

    /** Every form is answered with an error, and the commands behind it are never executed. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "\n.\n",
                "\r\n.\n",
                "\n.\r\n",
                "\r.\r",
                "\r\n.\r",
                "\r.\r\n",
                "\r.\n",
                "\n.\r",
                "\r\n.\r\r\n",
                "\r\r\n.\r\n",
                "\r\n\n.\r\n",
                "\n\r\n.\r\n",
                "\n\r.\r\n",
                "\r\n.\0\n",
                "LONG\n.\r\n",
                "LONG\n.\n",
                "LONG\r.\r"
            })
    void refusesAMessageThatHidesAnother(String end) throws Exception {
        try (var server = serve()) {
            String hidden = "MAIL FROM:<evil@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n";
            String message = "one" + end.replace("LONG", "x".repeat(70_000));
            String text = ENVELOPE + message + hidden + "two\r\n.\r\nQUIT\r\n";
            assertEquals("220 250 250 250 354 521", talk(server, text));
            assertEquals(List.of(), server.printed());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"NOOP\n", "NOOP\r", "NOOP\n\r", "NOOP\r\r"})
    void aCommandWithAnotherEndIsRefused(String command) throws Exception {
        try (var server = serve()) {
            assertEquals("220 500 250", talk(server, command + "QUIT\r\nNOOP\r\n"));
        }
    }

    @Test
    void aMessageOfTwiceTheLimitEndsTheSession() throws Exception {
        try (var server = serve()) {
            String line = "x".repeat(998) + "\r\n";
            assertEquals("220 250 250 250 354 421", talk(server, ENVELOPE + line.repeat(20_972)));
        }
    }

    /** A message that is cut is not received, and a command that is cut is not executed. */
    @ParameterizedTest
    @ValueSource(strings = {"one\r\n.", "one\r\n.\r", "one\r\n", "."})
    void aCutMessageIsNotReceived(String text) throws Exception {
        try (var server = serve()) {
            assertEquals("220 250 250 250 354", talk(server, ENVELOPE + text));
            assertEquals(List.of(), server.printed());
        }
    }

    @Test
    void survivesMutatedSessions() throws Exception {
        try (var server = serve()) {
            mutatedSessions().sendTo(server, 1, 60);
        }
    }

    @Test
    @Tag("slow")
    @Timeout(value = 20, unit = TimeUnit.MINUTES)
    void survivesManyMutatedSessions() throws Exception {
        try (var server = serve()) {
            mutatedSessions().sendTo(server, System.nanoTime(), 50_000);
        }
    }

    private static MutatedSessions mutatedSessions() {
        String mail = "Subject: test\r\n\r\nHello,\r\n..dot\r\n\u00ff\r\n.\r\n";
        var sessions =
                List.of(
                        ENVELOPE + mail + "QUIT\r\n",
                        ENVELOPE + mail + "RSET\r\n" + ENVELOPE + mail,
                        "HELO me\r\nVRFY a\r\nMAIL FROM:<> BODY=8BITMIME SIZE=100\r\n"
                                + "RCPT TO:<b@example.org>\r\nRCPT TO:<c>\r\nDATA\r\n"
                                + mail
                                + "NOOP\r\nQUIT\r\n");
        var words = List.of("\r", "\n", "\r\n", ".", "\r\n.\r\n", "<", ">", " ", "\0", "DATA\r\n");
        return MutatedSessions.ofTexts(sessions, words);
    }
}
