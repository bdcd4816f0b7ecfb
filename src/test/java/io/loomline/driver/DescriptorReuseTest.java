package io.loomline.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.loomline.probe.Kernel;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Connections are closed during reads and writes, and others get their numbers at once. All bytes
 * of a connection have the same value, which differs from those of others, so a stray byte is
 * detected.
 */
@ParameterizedClass
@EnumSource(Kernel.class)
class DescriptorReuseTest {
    private static final int WORKERS = 4;
    private static final int ROUNDS = 50;
    private static final int MANY_ROUNDS = 500;
    private static final int MAX_SPINS = 3_000;
    private static final int CHUNK_BYTES = 64;

    /** A prime, so that the values of concurrent connections differ. */
    private static final int VALUES = 127;

    @Parameter Kernel kernel;

    private boolean onPlatformThreads;
    private final AtomicInteger last = new AtomicInteger();
    private Driver driver;
    private int descriptorsBefore;

    @BeforeEach
    void open() throws IOException {
        descriptorsBefore = Descriptors.count();
        driver = kernel.newDriver();
    }

    @AfterEach
    void leavesNoDescriptor() throws IOException {
        driver.close();
        assertEquals(descriptorsBefore, Descriptors.count(), "open descriptors");
    }

    @Test
    void noByteGoesToAnotherConnection() throws Exception {
        work(ROUNDS);
    }

    @Test
    @Tag("stress")
    void noByteGoesToAnotherConnectionInManyRounds() throws Exception {
        onPlatformThreads = true; // which may be preempted anywhere
        for (int done = 0; done < MANY_ROUNDS; done += ROUNDS) work(ROUNDS);
    }

    private void work(int rounds) throws Exception {
        List<Started<Boolean>> workers = new ArrayList<>();
        for (int i = 0; i < WORKERS; i++) {
            var random = new Random(i);
            workers.add(Started.startOnPlatformThread(() -> repeat(rounds, random)));
        }
        for (var worker : workers) worker.join();
    }

    private boolean repeat(int rounds, Random random) throws Exception {
        try (Acceptor acceptor = driver.listen(Loopback.anyPort(), 5)) {
            for (int i = 0; i < rounds; i++) {
                Channel client = driver.connect(acceptor.localAddress());
                round(client, acceptor.accept(), random);
            }
        }
        return true;
    }

    /** Both ends write and read until they are closed. */
    private void round(Channel client, Channel server, Random random) throws Exception {
        byte value = (byte) (1 + last.incrementAndGet() % VALUES);
        List<Started<Boolean>> users = new ArrayList<>();
        for (Channel end : List.of(client, server)) {
            users.add(start(() -> writeUntilClosed(end, value)));
            users.add(start(() -> readUntilClosed(end, value)));
        }
        for (int spin = random.nextInt(MAX_SPINS); spin > 0; spin--) Thread.onSpinWait();
        if (random.nextBoolean()) client.close();
        else client.abort();
        server.close();
        for (var user : users) user.join();
    }

    private Started<Boolean> start(Callable<Boolean> job) {
        return onPlatformThreads ? Started.startOnPlatformThread(job) : Started.start(job);
    }

    private static boolean writeUntilClosed(Channel channel, byte value)
            throws InterruptedException {
        var bytes = ByteBuffer.allocate(CHUNK_BYTES);
        while (bytes.hasRemaining()) bytes.put(value);
        try {
            while (true) {
                if (channel.tryWrite(bytes.clear()) == 0) channel.awaitWritable();
            }
        } catch (IOException e) {
            return e instanceof ClosedChannelException; // otherwise the peer closed first
        }
    }

    private static boolean readUntilClosed(Channel channel, byte value)
            throws InterruptedException {
        var bytes = ByteBuffer.allocate(CHUNK_BYTES);
        try {
            while (true) {
                int count = channel.tryRead(bytes.clear());
                if (count < 0) return true;
                if (count == 0) channel.awaitReadable();
                for (int i = 0; i < count; i++) assertEquals(value, bytes.get(i), "a stray byte");
            }
        } catch (IOException e) {
            return e instanceof ClosedChannelException;
        }
    }
}
