package io.loomline.net.read;

import io.loomline.driver.Channel;
import io.loomline.probe.FakeChannel;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.Random;

/** A channel that has each chunk only after a wait, and some of whose waits are interrupted. */
final class CutChannel implements Channel {
    private final FakeChannel input;

    /** Decides which waits are interrupted; null if none is. */
    private final @Nullable Random random;

    /** Whether nothing has arrived since the last chunk. */
    private boolean dry;

    CutChannel(byte[][] chunks, @Nullable Random random) {
        input = FakeChannel.bringing(chunks);
        this.random = random;
    }

    @Override
    public int tryRead(ByteBuffer target) throws IOException {
        if (dry) return 0;
        dry = random != null && random.nextBoolean();
        return input.tryRead(target);
    }

    @Override
    public void awaitReadable() throws InterruptedException {
        if (random == null) return;
        dry = random.nextBoolean();
        if (random.nextInt(3) == 0) throw new InterruptedException("cut");
        dry = false;
    }

    @Override
    public int tryWrite(ByteBuffer source) throws IOException {
        return input.tryWrite(source);
    }

    @Override
    public void awaitWritable() throws InterruptedException {
        input.awaitWritable();
    }

    @Override
    public void shutdownOutput() throws IOException {
        input.shutdownOutput();
    }

    @Override
    public void close() {
        input.close();
    }

    @Override
    public void abort() {
        input.abort();
    }

    @Override
    public SocketAddress remoteAddress() {
        return input.remoteAddress();
    }

    @Override
    public SocketAddress localAddress() {
        return input.localAddress();
    }
}
