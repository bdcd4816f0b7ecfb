package io.loomline.faults;

import io.loomline.driver.Channel;
import io.loomline.probe.LoopbackAddress;

import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A line of that many bytes, which are always there, and a good line behind it. */
final class LongLine implements Channel {
    private static final byte[] BLOCK = "x".repeat(65_536).getBytes(StandardCharsets.US_ASCII);
    private static final byte[] END = "\ngood\n".getBytes(StandardCharsets.US_ASCII);

    private long left;
    private boolean ended;

    LongLine(long bytes) {
        left = bytes;
    }

    @Override
    public int tryRead(ByteBuffer target) {
        if (left == 0) return end(target);
        int taken = (int) Math.min(left, Math.min(BLOCK.length, target.remaining()));
        target.put(BLOCK, 0, taken);
        left -= taken;
        return taken;
    }

    private int end(ByteBuffer target) {
        if (ended) return -1;
        ended = true;
        target.put(END);
        return END.length;
    }

    @Override
    public int tryWrite(ByteBuffer source) {
        int length = source.remaining();
        source.position(source.limit());
        return length;
    }

    @Override
    public void awaitReadable() {}

    @Override
    public void awaitWritable() {}

    @Override
    public void shutdownOutput() {}

    @Override
    public void close() {}

    @Override
    public void abort() {}

    @Override
    public SocketAddress remoteAddress() {
        return LoopbackAddress.of(7);
    }

    @Override
    public SocketAddress localAddress() {
        return remoteAddress();
    }
}
