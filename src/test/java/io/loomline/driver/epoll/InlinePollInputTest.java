package io.loomline.driver.epoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loomline.driver.Channel;
import io.loomline.driver.Loopback;
import io.loomline.driver.Started;
import io.loomline.driver.carrier.CarrierControl;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/** A connection whose reader polls inline, sometimes or always. The peer is a socket of the JDK. */
class InlinePollInputTest {
    private static final int ROUNDS = 300;
    private static final int MANY_ROUNDS = 20_000;
    private static final int LARGE_BYTES = 8 << 20;
    private static final long SEED = 31;

    private final Random random = new Random(SEED);
    private EpollLoop loop;
    private Socket peer;
    private EpollKey key;
    private Channel channel;

    @BeforeEach
    void connect() throws Exception {
        assumeTrue(EpollDriver.lack() == null);
        loop = new EpollLoop(0, CarrierControl.fixed());
        loop.start();
        connectAnew();
    }

    private void connectAnew() throws Exception {
        var connection = EpollConnection.open(loop, EpollKey.INTEREST);
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

    private Started<Integer> echo(int rounds) {
        return Started.startOnPlatformThread(() -> {
            for (int i = 0; i < rounds; i++) {
                int read = peer.getInputStream().read();
                if (read < 0) return i;
                peer.getOutputStream().write(read);
            }
            return rounds;
        });
    }

    private boolean exchange(int value) throws IOException, InterruptedException {
        Loopback.write(channel, (byte) value);
        assertEquals(value, Loopback.read(channel));
        return true;
    }

    /** Without inline polls, the loop would get an event for nearly every answer. */
    @Test
    void loopGetsNoInputEventsOfTheOnlyActiveConnection() throws Exception {
        assumeTrue(Runtime.getRuntime().availableProcessors() > 1);
        var echo = echo(MANY_ROUNDS);
        assertEquals(ROUNDS, Started.start(this::exchangeUntilUnreported).join());
        echo.join();
    }

    /** Returns how many answers caused no event, at most {@link #ROUNDS}. */
    private int exchangeUntilUnreported() throws IOException, InterruptedException {
        int unreported = 0;
        for (int i = 0; i < MANY_ROUNDS && unreported < ROUNDS; i++) {
            int before = key.input().events();
            exchange(i & 0x7F);
            if (key.input().events() == before) unreported++;
        }
        channel.shutdownOutput();
        return unreported;
    }

    @Test
    void noAnswerIsLostBeforeOrAfterTheEndOfTheInlinePoll() throws Exception {
        var answering = Started.startOnPlatformThread(this::answerAfterRandomPauses);
        Started.start(this::exchangeRepeatedly).join();
        answering.join();
    }

    private boolean exchangeRepeatedly() throws IOException, InterruptedException {
        for (int i = 0; i < ROUNDS; i++) exchange(i & 0x7F);
        return true;
    }

    private boolean answerAfterRandomPauses() throws IOException {
        for (int i = 0; i < ROUNDS; i++) {
            int read = peer.getInputStream().read();
            LockSupport.parkNanos(random.nextLong(3 * BoundedPoll.MAX_NANOS));
            peer.getOutputStream().write(read);
        }
        return true;
    }

    @Test
    void interruptEndsTheWaitAndLosesNoByte() throws Exception {
        var echo = echo(ROUNDS);
        for (int i = 0; i < ROUNDS; i++) {
            var waiting = Started.start(this::readInterrupted);
            LockSupport.parkNanos(random.nextLong(2 * BoundedPoll.MAX_NANOS));
            waiting.interrupt().join();
            int value = i & 0x7F;
            Started.start(() -> exchange(value)).join();
        }
        assertEquals(ROUNDS, echo.join());
    }

    private static boolean readClosed(Channel closing) {
        assertThrows(ClosedChannelException.class, () -> Loopback.read(closing));
        return true;
    }

    private boolean readInterrupted() throws IOException {
        assertThrows(InterruptedException.class, () -> Loopback.read(channel));
        return true;
    }

    @Test
    void closeEndsTheWait() throws Exception {
        for (int i = 0; i < ROUNDS; i++) {
            Channel present = channel;
            var waiting = Started.start(() -> readClosed(present));
            LockSupport.parkNanos(random.nextLong(2 * BoundedPoll.MAX_NANOS));
            present.close();
            waiting.join();
            assertEquals(-1, peer.getInputStream().read());
            peer.close();
            connectAnew();
        }
    }

    @Test
    void closeOfTheLoopEndsTheWait() throws Exception {
        for (int i = 0; i < ROUNDS / 10; i++) {
            Channel present = channel;
            var waiting = Started.start(() -> readClosed(present));
            LockSupport.parkNanos(random.nextLong(2 * BoundedPoll.MAX_NANOS));
            loop.close();
            waiting.join();
            peer.close();
            loop = new EpollLoop(0, CarrierControl.fixed());
            loop.start();
            connectAnew();
        }
    }

    @Test
    void readerGetsTheEndOfTheInput() throws Exception {
        for (int i = 0; i < ROUNDS; i++) {
            Channel present = channel;
            var waiting = Started.start(() -> Loopback.read(present));
            LockSupport.parkNanos(random.nextLong(2 * BoundedPoll.MAX_NANOS));
            peer.close();
            assertEquals(-1, waiting.join());
            present.close();
            connectAnew();
        }
    }

    @Test
    void concurrentWriterIsWokenDuringTheWait() throws Exception {
        for (int i = 0; i < ROUNDS / 50; i++) {
            var reading = Started.start(() -> Loopback.read(channel));
            var writing = Started.start(this::writeLarge);
            new DataInputStream(peer.getInputStream()).readFully(new byte[LARGE_BYTES]);
            writing.join();
            peer.getOutputStream().write(5);
            assertEquals(5, reading.join());
        }
    }

    private boolean writeLarge() throws IOException, InterruptedException {
        var bytes = ByteBuffer.allocate(LARGE_BYTES);
        while (bytes.hasRemaining()) {
            if (channel.tryWrite(bytes) == 0) channel.awaitWritable();
        }
        return true;
    }
}
