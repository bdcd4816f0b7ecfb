package io.loomline.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.driver.Driver;
import io.loomline.probe.Call;
import io.loomline.probe.Kernel;
import io.loomline.probe.Leftovers;
import io.loomline.task.SystemClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/** The peer of a TCP connection is a socket of the JDK. */
class TcpPeerTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final int ROUNDS = 20;

    /**
     * More than the peer's small buffer holds, so that bytes are still on their way at the close.
     */
    private static final byte[] RESPONSE = new byte[500_000];

    static {
        new Random(5).nextBytes(RESPONSE);
    }

    private final Driver driver = Kernel.chosen().newDriver();
    private Connection here;
    private Socket peer;

    @BeforeEach
    void connect() throws Exception {
        try (var listener = new ServerSocket()) {
            listener.setReceiveBufferSize(4096);
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            here =
                    Connection.over(
                            driver.connect(listener.getLocalSocketAddress()), SystemClock.INSTANCE);
            peer = listener.accept();
        }
    }

    @AfterEach
    void close() throws IOException {
        here.abort();
        peer.close();
        driver.close();
    }

    private void reconnect() throws Exception {
        here.abort();
        peer.close();
        connect();
    }

    @Test
    void linesAndHalfClose() throws Exception {
        peer.getOutputStream().write("question\r\n".getBytes(StandardCharsets.US_ASCII));
        peer.shutdownOutput();
        assertEquals("question", here.readLine());
        assertEquals(null, here.readLine());
        here.writeLine("answer");
        here.shutdownOutput();
        assertEquals("answer\n", ascii(peer.getInputStream().readAllBytes()));
    }

    @Test
    void resetInTheMiddleOfALineDeliversOnlyWholeLines() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            peer.getOutputStream().write("whole\nhal".getBytes(StandardCharsets.US_ASCII));
            peer.setSoLinger(true, 0);
            peer.close();
            assertEquals("whole", here.readLine());
            var e = assertThrows(SocketException.class, here::readLine);
            assertTrue(e.getMessage().contains("" + here.remoteAddress()), e::toString);
            reconnect();
        }
    }

    @Test
    void unreadInputDoesNotDestroySentBytes() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            peer.getOutputStream().write(new byte[1000]);
            here.write(RESPONSE);
            var closing = Call.running(here::close);
            assertArrayEquals(RESPONSE, peer.getInputStream().readAllBytes());
            peer.close();
            closing.result();
            reconnect();
        }
    }

    @Test
    void closeIsTheEndForThePeer() throws Exception {
        here.writeLine("bye");
        here.close();
        assertEquals("bye\n", ascii(peer.getInputStream().readAllBytes()));
        assertEquals(-1, peer.getInputStream().read());
    }

    @Test
    void abortIsAResetForThePeer() throws Exception {
        here.abort();
        assertThrows(SocketException.class, () -> peer.getInputStream().read());
    }

    @Test
    void writesToAClosedPeerFailOnceItsResetArrives() throws Exception {
        peer.close();
        var writer =
                Call.running(() -> {
                    while (true) here.write(new byte[1000]);
                });
        var e = writer.failure(SocketException.class);
        assertFalse(e.getMessage().isBlank());
        assertThrows(SocketException.class, () -> here.write(new byte[1]));
    }

    private static String ascii(byte[] bytes) {
        return new String(bytes, StandardCharsets.US_ASCII);
    }
}
