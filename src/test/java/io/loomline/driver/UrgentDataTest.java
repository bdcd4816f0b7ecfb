package io.loomline.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.loomline.probe.Kernel;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;

/** A read stops at urgent data: tcp(7). The bytes after it are read too. */
class UrgentDataTest {
    private static final int ROUNDS = 100;

    @ParameterizedTest
    @EnumSource(Kernel.class)
    void bytesAroundUrgentOnesArrive(Kernel kernel) throws Exception {
        try (var driver = kernel.newDriver();
                var acceptor = driver.listen(Loopback.anyPort(), 1);
                var peer = new Socket()) {
            peer.setTcpNoDelay(true);
            peer.connect((InetSocketAddress) acceptor.localAddress());
            try (Channel channel = acceptor.accept()) {
                for (int i = 0; i < ROUNDS; i++) {
                    var reading = Started.start(() -> read(channel, 5)); // without the urgent one
                    peer.getOutputStream().write(new byte[] {1, 2, 3});
                    peer.sendUrgentData(4);
                    peer.getOutputStream().write(new byte[] {5, 6});
                    assertEquals(5, reading.join());
                }
            }
        }
    }

    /** Reads into a buffer that is never filled, so each read could be mistaken for the last. */
    private static int read(Channel from, int expected) throws IOException, InterruptedException {
        var bytes = ByteBuffer.allocate(1024);
        while (bytes.position() < expected) {
            from.tryRead(bytes);
            if (bytes.position() < expected) from.awaitReadable();
        }
        return bytes.position();
    }
}
