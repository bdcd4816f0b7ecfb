package io.loomline.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.Kernel;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;

/** A channel knows that its connection is lost, so that a close sends nothing. */
class LostChannelTest {
    @ParameterizedTest
    @EnumSource(Kernel.class)
    void resetOfThePeerIsALoss(Kernel kernel) throws Exception {
        try (var driver = kernel.newDriver();
                var acceptor = driver.listen(Loopback.anyPort(), 1)) {
            var peer = new Socket();
            peer.connect((InetSocketAddress) acceptor.localAddress());
            try (Channel channel = acceptor.accept()) {
                peer.getOutputStream().write(1);
                assertEquals(1, Loopback.read(channel));
                peer.setSoLinger(true, 0);
                peer.close();
                assertFalse(channel.isLost(), "no call has reported the reset yet");
                assertThrows(IOException.class, () -> Loopback.read(channel));
                assertTrue(channel.isLost());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Kernel.class)
    void endOfThePeerIsNoLoss(Kernel kernel) throws Exception {
        try (var driver = kernel.newDriver();
                var acceptor = driver.listen(Loopback.anyPort(), 1);
                var peer = new Socket()) {
            peer.connect((InetSocketAddress) acceptor.localAddress());
            try (Channel channel = acceptor.accept()) {
                peer.shutdownOutput();
                assertEquals(-1, Loopback.read(channel));
                assertFalse(channel.isLost());
                Loopback.write(channel, (byte) 1);
                assertEquals(1, peer.getInputStream().read());
            }
        }
    }
}
