package io.loomline.driver.epoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loomline.driver.Channel;
import io.loomline.driver.carrier.CarrierControl;
import io.loomline.probe.Eventually;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;

/** A connection without events from the kernel, as after a failure that has lost events. */
class MissedEventsTest {
    private EpollLoop loop;
    private Socket peer;
    private EpollKey key;
    private Channel channel;

    @BeforeEach
    void connect() throws Exception {
        assumeTrue(EpollDriver.lack() == null);
        loop = new EpollLoop(0, CarrierControl.fixed());
        loop.start();
        var connection = EpollConnection.open(loop, 0);
        key = connection.key();
        channel = connection.channel();
        peer = connection.peer();
    }

    @AfterEach
    void close() throws IOException {
        if (loop == null) return;
        loop.close();
        peer.close();
    }

    @Test
    void wokenReaderFindsTheBytesAndTheEnd() throws Exception {
        var target = ByteBuffer.allocate(2);
        Thread reader = Thread.ofVirtual().unstarted(() -> read(target));
        assertEquals(0, channel.tryRead(target));
        reader.start();
        Eventually.waitsIn(reader, "awaitInput");
        peer.getOutputStream().write(7);
        peer.shutdownOutput();
        Eventually.holds(() -> wake() && !reader.isAlive());
        assertEquals(1, target.position());
        assertEquals(-1, channel.tryRead(target));
        assertTrue(key.hasUrgent()); // a short read does not count as the last any more
    }

    /** May be called before the bytes have arrived. */
    private boolean wake() {
        key.onMissed();
        return true;
    }

    private void read(ByteBuffer target) {
        try {
            while (channel.tryRead(target) == 0) key.awaitInput();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
