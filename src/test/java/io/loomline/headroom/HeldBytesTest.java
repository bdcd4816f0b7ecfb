package io.loomline.headroom;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/** The bound of bytes that all connections hold while they wait. */
class HeldBytesTest {
    private final SocketAddress peer =
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 4321);
    private final HeldBytes waiting = new HeldBytes(1_000);

    @Test
    void holdOverTheBoundFailsAndOthersStay() throws Exception {
        waiting.hold(600, peer);
        waiting.hold(400, peer);
        var e = assertThrows(IOException.class, () -> waiting.hold(1, peer));
        assertTrue(e.getMessage().contains(":4321 has 1 bytes waiting"), e::toString);
        waiting.release(400);
        waiting.hold(400, peer);
    }

    @Test
    void failedHoldIsNotCounted() throws Exception {
        for (int i = 0; i < 10; i++) {
            assertThrows(IOException.class, () -> waiting.hold(1_001, peer));
        }
        waiting.hold(1_000, peer);
    }
}
