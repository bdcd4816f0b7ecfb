package io.loomline.testing.contract;

import io.loomline.driver.Channel;

import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A channel that is as awkward as a sound one may be, the same way for the same seed: it moves a
 * few bytes only, or none though it could, hesitates, and wakes without a reason. If it is told to,
 * it is lost when so many bytes have moved.
 */
final class SeededChannel extends FaultyChannel {
    private static final int MOST_BYTES = 2_000;

    private final Random reading;
    private final Random writing;
    private final AtomicLong bytesToLoss;

    SeededChannel(Channel sound, long seed) {
        this(sound, seed, Long.MAX_VALUE);
    }

    SeededChannel(Channel sound, long seed, long bytesToLoss) {
        super(sound);
        reading = new Random(seed);
        writing = new Random(~seed);
        this.bytesToLoss = new AtomicLong(bytesToLoss);
    }

    private interface Move {
        int move(ByteBuffer part) throws IOException;
    }

    /** Moves a part, or nothing. */
    private int move(Random random, ByteBuffer buffer, Move move) throws IOException {
        if (bytesToLoss.get() <= 0) throw lost();
        for (int spins = random.nextInt(200); spins > 0; spins--) Thread.onSpinWait();
        if (random.nextInt(4) == 0 && buffer.hasRemaining()) return 0;
        int limit = buffer.limit();
        int most = 1 + random.nextInt(1 + random.nextInt(MOST_BYTES));
        buffer.limit(buffer.position() + Math.min(buffer.remaining(), most));
        try {
            int moved = move.move(buffer);
            if (moved > 0) bytesToLoss.addAndGet(-moved);
            return moved;
        } catch (ClosedChannelException e) {
            throw bytesToLoss.get() <= 0 ? lost() : e; // by the other direction
        } finally {
            buffer.limit(limit);
        }
    }

    private SocketException lost() {
        sound.abort();
        return new SocketException("Connection reset");
    }

    @Override
    public int tryRead(ByteBuffer target) throws IOException {
        return move(reading, target, sound::tryRead);
    }

    @Override
    public int tryWrite(ByteBuffer source) throws IOException {
        return move(writing, source, sound::tryWrite);
    }

    @Override
    public void awaitReadable() throws InterruptedException {
        await(reading, sound::awaitReadable);
    }

    @Override
    public void awaitWritable() throws InterruptedException {
        await(writing, sound::awaitWritable);
    }

    private interface Wait {
        void await() throws InterruptedException;
    }

    private static void await(Random random, Wait wait) throws InterruptedException {
        if (Thread.interrupted()) throw new InterruptedException();
        if (random.nextInt(8) > 0) wait.await();
    }
}
