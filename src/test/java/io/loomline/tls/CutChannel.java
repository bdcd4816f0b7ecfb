package io.loomline.tls;

import io.loomline.driver.Channel;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;

/** A channel that is lost after some of its operations have moved bytes. */
final class CutChannel implements Channel {
    private final Channel below;
    private final boolean aborts;
    private int left;

    /**
     * A channel over another.
     *
     * @param operations how many operations move bytes
     * @param aborts whether the end is a reset
     */
    CutChannel(Channel below, int operations, boolean aborts) {
        this.below = below;
        this.aborts = aborts;
        left = operations;
    }

    private void require() throws IOException {
        if (left > 0) return;
        if (aborts) below.abort();
        else below.close();
        throw new SocketException("cut");
    }

    @Override
    public int tryRead(ByteBuffer target) throws IOException {
        require();
        int moved = below.tryRead(target);
        if (moved > 0) left--;
        return moved;
    }

    @Override
    public int tryWrite(ByteBuffer source) throws IOException {
        require();
        int moved = below.tryWrite(source);
        if (moved > 0) left--;
        return moved;
    }

    @Override
    public void awaitReadable() throws InterruptedException {
        if (left > 0) below.awaitReadable();
    }

    @Override
    public void awaitWritable() throws InterruptedException {
        if (left > 0) below.awaitWritable();
    }

    @Override
    public void shutdownOutput() throws IOException {
        below.shutdownOutput();
    }

    @Override
    public void close() {
        below.close();
    }

    @Override
    public void abort() {
        below.abort();
    }

    @Override
    public SocketAddress remoteAddress() {
        return below.remoteAddress();
    }

    @Override
    public SocketAddress localAddress() {
        return below.localAddress();
    }
}
