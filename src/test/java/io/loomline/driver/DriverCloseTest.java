package io.loomline.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.Kernel;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;

/**
 * Closing the driver closes its channels and acceptors, wakes all waiters, and frees everything.
 */
@ParameterizedClass
@EnumSource(Kernel.class)
class DriverCloseTest extends ListeningDriver {
    private static final int ROUNDS = 200;
    private static final int BUSY_PAIRS = 64;

    @Test
    void wakesReadersWritersAndAcceptors() throws Exception {
        Channel silent = driver.connect(acceptor.localAddress());
        Channel reader = acceptor.accept();
        Channel writer = driver.connect(acceptor.localAddress());
        Channel unresponsive = acceptor.accept();
        var reading = Started.start(() -> Loopback.read(reader)).awaitWaiting();
        var writing = Started.start(() -> writeForever(writer)).awaitWaiting();
        var accepting = Started.start(acceptor::accept).awaitWaiting();
        driver.close();
        assertThrows(ClosedChannelException.class, reading::join);
        assertThrows(IOException.class, writing::join); // or lost: its peer may be closed first
        assertThrows(ClosedChannelException.class, accepting::join);
        assertThrows(ClosedChannelException.class, () -> Loopback.read(silent));
        assertThrows(ClosedChannelException.class, () -> Loopback.write(unresponsive, (byte) 1));
        assertEquals(descriptorsBefore, Descriptors.count());
    }

    private static boolean writeForever(Channel channel) throws IOException, InterruptedException {
        var chunk = ByteBuffer.allocate(64 * 1024);
        while (true) {
            if (channel.tryWrite(chunk.clear()) == 0) channel.awaitWritable();
        }
    }

    @Test
    void freesUnusedChannels() throws Exception {
        for (int i = 0; i < ROUNDS; i++) {
            driver.connect(acceptor.localAddress());
            acceptor.accept();
        }
        assertTrue(Descriptors.count() >= descriptorsBefore + 2 * ROUNDS);
        driver.close();
        assertEquals(descriptorsBefore, Descriptors.count());
    }

    @Test
    void interruptedThreadClosesTheDriver() throws Exception {
        driver.connect(acceptor.localAddress());
        var closing =
                Started.start(() -> {
                    Thread.currentThread().interrupt();
                    driver.close();
                    assertEquals(descriptorsBefore, Descriptors.count());
                    return Thread.interrupted();
                });
        assertTrue(closing.join(), "the interrupt status afterwards");
    }

    @Test
    void twoThreadsCloseTheDriver() throws Exception {
        for (int i = 0; i < ROUNDS; i++) {
            driver.close();
            driver = kernel.newDriver();
            driver.listen(Loopback.anyPort(), 1);
            var first = Started.start(this::close);
            var second = Started.start(this::close);
            first.join();
            second.join();
        }
    }

    private boolean close() {
        driver.close();
        return true;
    }

    /** The loop is about to sleep when the driver is closed. */
    @Test
    void closeRacesTheLoopsFirstSteps() throws Exception {
        for (int i = 0; i < ROUNDS; i++) {
            driver.close();
            driver = kernel.newDriver();
            driver.listen(Loopback.anyPort(), 1);
            for (int spin = 0; spin < 10 * i; spin++) Thread.onSpinWait();
            Started.start(this::close).join();
        }
    }

    @Test
    void busyChannelsDoNotDelayTheClose() throws Exception {
        List<Started<?>> busy = new ArrayList<>();
        for (int i = 0; i < BUSY_PAIRS; i++) {
            Channel client = driver.connect(acceptor.localAddress());
            Channel server = acceptor.accept();
            busy.add(Started.start(() -> awaitWritableForever(client)));
            busy.add(Started.start(() -> awaitWritableForever(server)));
        }
        try {
            Started.startOnPlatformThread(this::close).join();
            for (var one : busy) assertThrows(ClosedChannelException.class, one::join);
        } finally {
            busy.forEach(Started::interrupt);
        }
    }

    /** The channel is always writable, so every iteration of the loop wakes the thread. */
    private static boolean awaitWritableForever(Channel channel)
            throws IOException, InterruptedException {
        var nothing = ByteBuffer.allocate(0);
        while (channel.tryWrite(nothing) == 0) channel.awaitWritable();
        return true;
    }

    /** Connections that arrive during the close are closed too. */
    @Test
    @Tag("stress")
    void closeRacesAcceptAndConnect() throws Exception {
        for (int i = 0; i < 5 * ROUNDS; i++) {
            driver.close();
            driver = kernel.newDriver();
            acceptor = driver.listen(Loopback.anyPort(), 50);
            SocketAddress address = acceptor.localAddress();
            var accepting = Started.start(this::acceptForever);
            var connecting = Started.start(() -> connectForever(address));
            for (int spin = 0; spin < 100 * (i % ROUNDS); spin++) Thread.onSpinWait();
            Started.start(this::close).join();
            assertThrows(IOException.class, accepting::join);
            assertThrows(IOException.class, connecting::join);
            Descriptors.awaitCount(descriptorsBefore);
        }
    }

    private boolean acceptForever() throws IOException, InterruptedException {
        while (true) acceptor.accept().close();
    }

    private boolean connectForever(SocketAddress address) throws IOException, InterruptedException {
        while (true) driver.connect(address).close();
    }
}
