package io.loomline.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.loomline.net.Connection;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Medium;
import io.loomline.tls.BufferedBytes;
import io.loomline.tls.Tls;
import io.loomline.tls.keys.TestCertificates;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;

import javax.net.ssl.SSLException;

/** A transport starts TLS between two of its writes, and between two lines that it receives. */
@ParameterizedClass
@EnumSource(
        value = Medium.class,
        names = {"TCP", "UNIX", "MEMORY", "LOCK_STEP"})
class TlsTransportTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final Tls SERVER =
            Tls.server(TestCertificates.server("mail.test").serverContext());
    private static final Tls CLIENT =
            Tls.client(TestCertificates.clientContext()).withServerName("mail.test");

    @Parameter Medium medium;

    /** Upgrades when it receives STARTTLS, and echoes all other lines. */
    private static class Mail extends Recorder implements LineProtocol {
        final CountDownLatch requested = new CountDownLatch(1);
        private final BufferedBytes buffered;

        Mail(BufferedBytes buffered) {
            this.buffered = buffered;
        }

        @Override
        public void lineReceived(String line) {
            if (line.equals("STARTTLS")) {
                send("220 go ahead");
                transport().startTls(SERVER, buffered);
                requested.countDown();
                send("welcome to TLS"); // leaves once the handshake is complete
            } else {
                send("250 " + line);
            }
        }

        void send(String line) {
            transport().write(ByteBuffer.wrap((line + "\r\n").getBytes(US_ASCII)));
        }

        @Override
        public void tlsStarted(Transport transport) {
            send("now " + transport.tls().orElseThrow().protocol());
        }
    }

    private static void upgrade(Connection peer) throws Exception {
        peer.writeLine("STARTTLS");
        assertEquals("220 go ahead", peer.readLine());
        peer.startTls(CLIENT);
    }

    @Test
    void dialogueGoesOnInsideTls() throws Exception {
        var mail = new Mail(BufferedBytes.REJECT);
        try (var driven = DrivenConnection.over(medium, mail)) {
            driven.peer().writeLine("EHLO");
            assertEquals("250 EHLO", driven.peer().readLine());
            upgrade(driven.peer());
            assertEquals("welcome to TLS", driven.peer().readLine());
            assertEquals("now TLSv1.3", driven.peer().readLine());
            driven.peer().writeLine("QUIT");
            assertEquals("250 QUIT", driven.peer().readLine());
            driven.peer().close();
            assertNull(driven.end(mail));
        }
    }

    @Test
    void linesBehindTheRequestEndTheConnection() throws Exception {
        var mail = new Mail(BufferedBytes.REJECT);
        try (var driven = DrivenConnection.over(Medium.MEMORY, mail)) {
            driven.peer().write("STARTTLS\r\nRCPT TO: evil\r\n");
            assertInstanceOf(ProtocolException.class, driven.end(mail));
        }
        assertTrue(mail.events.stream().noneMatch(event -> event.contains("RCPT")), "delivered");
    }

    @Test
    void clientThatDoesNotWaitForTheAnswerIsFedToTheHandshake() throws Exception {
        var mail = new Mail(BufferedBytes.FEED);
        try (var driven = DrivenConnection.over(medium, mail)) {
            driven.peer().writeLine("STARTTLS");
            assertEquals("220 go ahead", driven.peer().readLine());
            driven.peer().startTls(CLIENT);
            assertEquals("welcome to TLS", driven.peer().readLine());
        }
    }

    @Test
    void failedHandshakeDisconnectsWithItsCause() throws Exception {
        var mail = new Mail(BufferedBytes.REJECT);
        try (var driven = DrivenConnection.over(medium, mail)) {
            driven.peer().writeLine("STARTTLS");
            assertEquals("220 go ahead", driven.peer().readLine());
            driven.peer().writeLine("this is no handshake");
            assertInstanceOf(SSLException.class, driven.end(mail));
        }
    }

    @Test
    void secondStartIsRefused() throws Exception {
        var mail = new Mail(BufferedBytes.REJECT);
        try (var driven = DrivenConnection.over(medium, mail)) {
            upgrade(driven.peer());
            assertEquals("welcome to TLS", driven.peer().readLine());
            assertThrows(IllegalStateException.class, () -> mail.transport().startTls(SERVER));
        }
    }

    @Test
    void writesOfAnotherThreadDuringTheHandshakeComeBehindIt() throws Exception {
        for (int round = 0; round < 20; round++) {
            var mail = new Mail(BufferedBytes.REJECT);
            try (var driven = DrivenConnection.over(medium, mail)) {
                driven.peer().writeLine("STARTTLS");
                assertEquals("220 go ahead", driven.peer().readLine());
                mail.requested.await();
                var written = new CountDownLatch(1);
                Thread.startVirtualThread(() -> {
                    for (int i = 0; i < 100; i++) mail.send("from another thread");
                    written.countDown();
                });
                driven.peer().startTls(CLIENT);
                written.await();
                int others = 0;
                for (int line = 0; line < 102; line++) {
                    if (driven.peer().readLine().equals("from another thread")) others++;
                }
                assertEquals(100, others);
            }
        }
    }
}
