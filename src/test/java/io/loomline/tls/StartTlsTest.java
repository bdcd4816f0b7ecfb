package io.loomline.tls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Link;
import io.loomline.probe.Medium;
import io.loomline.stream.ConnectionClosedException;
import io.loomline.tls.keys.TestCertificates;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadPendingException;
import java.util.Arrays;
import java.util.List;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLHandshakeException;

/** TLS that starts in the middle of a connection. */
@ParameterizedClass
@EnumSource
class StartTlsTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final Tls CLIENT = TlsFixture.CLIENT.withServerName(TlsFixture.HOST);
    private static final Tls SERVER =
            Tls.server(TestCertificates.server(TlsFixture.HOST).serverContext());

    private @Parameter Medium medium;
    private Link link;

    /** The client. */
    private Connection here;

    /** The server. */
    private Connection there;

    @BeforeEach
    void open() {
        link = medium.open();
        here = link.here();
        there = link.there();
    }

    @AfterEach
    void close() {
        link.close();
    }

    private void secure() throws Exception {
        var server = Call.running(() -> there.startTls(SERVER));
        here.startTls(CLIENT);
        server.result();
    }

    /** Starts TLS, and waits until the first bytes of the handshake have arrived. */
    private Call<Boolean> startHandshake() throws Exception {
        Call<Boolean> start = Call.running(() -> here.startTls(CLIENT));
        there.peek(1);
        return start;
    }

    private static void assertSame(String sent, String received) {
        assertEquals(sent, received);
    }

    private void assertExchange() throws Exception {
        var echo = Call.running(() -> there.writeLine(there.readLine()));
        here.writeLine("secret");
        assertSame("secret", here.readLine());
        echo.result();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void dialogueUpgradesInItsMiddle(String protocol) throws Exception {
        var server =
                Call.running(() -> {
                    there.writeLine("220 ready");
                    assertSame("STARTTLS", there.readLine());
                    there.writeLine("220 go ahead");
                    there.startTls(SERVER);
                    assertSame("EHLO", there.readLine());
                    there.writeLine("250 " + there.tls().orElseThrow().protocol());
                });
        assertSame("220 ready", here.readLine());
        here.writeLine("STARTTLS");
        assertSame("220 go ahead", here.readLine());
        assertTrue(here.tls().isEmpty());
        here.startTls(CLIENT.withProtocols(List.of(protocol)));
        here.writeLine("EHLO");
        assertSame("250 " + protocol, here.readLine());
        server.result();
    }

    @Test
    void roleIsIndependentOfWhoHasConnected() throws Exception {
        var client = Call.running(() -> there.startTls(CLIENT));
        here.startTls(SERVER);
        client.result();
        assertExchange();
    }

    @Test
    void secondStartIsRefusedAndHarmless() throws Exception {
        secure();
        assertThrows(IllegalStateException.class, () -> here.startTls(CLIENT));
        assertThrows(IllegalStateException.class, () -> there.startTls(SERVER));
        assertExchange();
    }

    @Test
    void startWhileAnotherThreadReadsIsRefusedAndHarmless() throws Exception {
        var read = Call.of(here::readLine).awaitIn("awaitReadable");
        assertThrows(ReadPendingException.class, () -> here.startTls(CLIENT));
        there.writeLine("plain");
        assertEquals("plain", read.result());
        secure();
        assertExchange();
    }

    @Test
    void readDuringTheHandshakeIsRefused() throws Exception {
        var start = startHandshake();
        assertThrows(ReadPendingException.class, here::readLine);
        there.startTls(SERVER, BufferedBytes.FEED);
        start.result();
        assertExchange();
    }

    @Test
    void writeOfAnotherThreadLeavesAfterTheHandshakeEncrypted() throws Exception {
        var start = startHandshake();
        var write = Call.running(() -> here.writeLine("early")).awaitIn("lock");
        var read =
                Call.of(() -> {
                    there.startTls(SERVER, BufferedBytes.FEED);
                    return there.readLine();
                });
        start.result();
        write.result();
        assertEquals("early", read.result());
    }

    @Test
    void bytesBehindTheCommandAreRejected() throws Exception {
        var peer = Call.running(() -> here.write("STARTTLS\r\nMAIL FROM:<evil>\r\n"));
        assertEquals("STARTTLS", there.readLine());
        assertEquals('M', there.peek(1)[0]);
        var e = assertThrows(ProtocolException.class, () -> there.startTls(SERVER));
        assertTrue(e.getMessage().contains("before TLS was started"), e::toString);
        assertThrows(IOException.class, there::readLine);
        assertThrows(IOException.class, () -> there.read(10));
        assertThrows(IOException.class, () -> there.writeLine("250 ok"));
        assertTrue(there.tls().isEmpty());
        there.close();
        peer.awaitEnd();
    }

    @Test
    void bytesBehindTheAnswerAreRejectedByAClient() throws Exception {
        var peer = Call.running(() -> there.write("220 go ahead\r\n250 injected\r\n"));
        assertEquals("220 go ahead", here.readLine());
        assertEquals('2', here.peek(1)[0]);
        assertThrows(ProtocolException.class, () -> here.startTls(CLIENT));
        assertThrows(IOException.class, here::readLine);
        here.close();
        peer.awaitEnd();
    }

    /** The first bytes of a handshake. */
    private static byte[] clientHello() throws Exception {
        SSLEngine engine = TestCertificates.clientContext().createSSLEngine("localhost", 1);
        engine.setUseClientMode(true);
        ByteBuffer hello = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        engine.wrap(ByteBuffer.allocate(0), hello);
        byte[] bytes = new byte[hello.flip().remaining()];
        hello.get(bytes);
        return bytes;
    }

    @Test
    void handshakeBehindTheCommandIsFed() throws Exception {
        byte[] hello = clientHello();
        var client =
                Call.of(() -> {
                    here.write(
                            ByteBuffer.wrap("STARTTLS\r\n".getBytes(US_ASCII)),
                            ByteBuffer.wrap(hello));
                    return here.readExactly(5);
                });
        assertEquals("STARTTLS", there.readLine());
        there.peek(1);
        var server = Call.running(() -> there.startTls(SERVER, BufferedBytes.FEED));
        byte[] header = client.result();
        assertArrayEquals(new byte[] {22, 3, 3}, Arrays.copyOf(header, 3));
        server.cancel();
        assertTrue(server.wasCancelled());
    }

    @Test
    void plaintextBehindTheCommandIsNeverDeliveredIfFed() throws Exception {
        var peer =
                Call.of(() -> {
                    here.write("STARTTLS\r\nMAIL FROM:<evil>\r\n");
                    return here.readAll(100); // the alert
                });
        assertEquals("STARTTLS", there.readLine());
        there.peek(18);
        assertThrows(SSLHandshakeException.class, () -> there.startTls(SERVER, BufferedBytes.FEED));
        assertThrows(IOException.class, there::readLine);
        there.close();
        peer.awaitEnd();
    }

    @Test
    void closeEndsAHandshake() throws Exception {
        var start = startHandshake();
        var write = Call.running(() -> here.writeLine("early")).awaitIn("lock");
        var peer = Call.of(() -> there.readAll(1 << 16));
        here.close();
        start.failure(ConnectionClosedException.class);
        write.failure(ConnectionClosedException.class);
        peer.awaitEnd();
    }

    @Test
    void cancelEndsAHandshakeAndOnlyACloseIsLeft() throws Exception {
        var start = startHandshake();
        start.cancel();
        assertTrue(start.wasCancelled());
        assertThrows(IOException.class, () -> here.writeLine("plaintext?"));
        assertThrows(IOException.class, here::readLine);
        assertTrue(here.tls().isEmpty());
        var peer = Call.of(() -> there.readAll(1 << 16));
        here.close();
        assertFalse(here.isOpen());
        peer.awaitEnd();
    }

    @Test
    void unsentBytesLeaveBeforeTheHandshake() throws Exception {
        var server =
                Call.running(() -> {
                    there.write("one\ntwo\n");
                    assertSame("answer", there.readLine());
                    assertSame("go", there.readLine());
                    there.startTls(SERVER, BufferedBytes.FEED);
                });
        here.peek(8);
        assertSame("one", here.readLine());
        here.writeLine("answer"); // may stay buffered: more input is
        assertSame("two", here.readLine());
        here.writeLine("go");
        here.startTls(CLIENT);
        server.result();
        assertExchange();
    }
}
