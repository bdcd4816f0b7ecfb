package io.loomline.testing.contract;

import io.loomline.driver.Channel;

import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A channel that is as awkward as the contract allows, repeatably for a seed: it moves few bytes,
 * or none although it could, delays calls and returns early from waits. Optionally it fails after a
 * number of bytes.
 */
final class SeededChannel extends FaultyChannel {
    private static final int MAX_BYTES = 2_000;

    private final Random reading;
    private final Random writing;
    private final AtomicLong bytesToFailure;

    SeededChannel(Channel delegate, long seed) {
        this(delegate, seed, Long.MAX_VALUE);
    }

    SeededChannel(Channel delegate, long seed, long bytesToFailure) {
        super(delegate);
        reading = new Random(seed);
        writing = new Random(~seed);
        this.bytesToFailure = new AtomicLong(bytesToFailure);
    }

    private interface Move {
        int move(ByteBuffer buffer) throws IOException;
    }

    /** Moves a part of the buffer, or nothing. */
    private int move(Random random, ByteBuffer buffer, Move move) throws IOException {
        if (bytesToFailure.get() <= 0) throw failure();
        for (int spins = random.nextInt(200); spins > 0; spins--) Thread.onSpinWait();
        if (random.nextInt(4) == 0 && buffer.hasRemaining()) return 0;
        int limit = buffer.limit();
        int max = 1 + random.nextInt(1 + random.nextInt(MAX_BYTES));
        buffer.limit(buffer.position() + Math.min(buffer.remaining(), max));
        try {
            int moved = move.move(buffer);
            if (moved > 0) bytesToFailure.addAndGet(-moved);
            return moved;
        } catch (ClosedChannelException e) {
            throw bytesToFailure.get() <= 0 ? failure() : e; // the other direction has failed
        } finally {
            buffer.limit(limit);
        }
    }

    private SocketException failure() {
        delegate.abort();
        return new SocketException("Connection reset");
    }

    @Override
    public int tryRead(ByteBuffer target) throws IOException {
        return move(reading, target, delegate::tryRead);
    }

    @Override
    public int tryWrite(ByteBuffer source) throws IOException {
        return move(writing, source, delegate::tryWrite);
    }

    @Override
    public void awaitReadable() throws InterruptedException {
        await(reading, delegate::awaitReadable);
    }

    @Override
    public void awaitWritable() throws InterruptedException {
        await(writing, delegate::awaitWritable);
    }

    private interface Wait {
        void await() throws InterruptedException;
    }

    private static void await(Random random, Wait wait) throws InterruptedException {
        if (Thread.interrupted()) throw new InterruptedException();
        if (random.nextInt(8) > 0) wait.await();
    }
}
