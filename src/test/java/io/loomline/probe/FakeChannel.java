package io.loomline.probe;

import io.loomline.driver.Channel;
import io.loomline.driver.Readiness;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;

/** A channel whose peer is the test: reads return what the test feeds; writes are recorded. */
public final class FakeChannel implements Channel {
    private static final byte[] END = new byte[0];

    private final Readiness readable = new Readiness();
    private final Readiness writable = new Readiness();
    private final ConcurrentLinkedDeque<byte[]> input = new ConcurrentLinkedDeque<>();
    private final List<String> writes = new CopyOnWriteArrayList<>();
    private final List<String> events = new CopyOnWriteArrayList<>();
    private volatile boolean hasRoom = true;
    private volatile boolean broken;
    private volatile boolean closed;
    private volatile boolean endWasRead;
    private volatile Runnable beforeRead = () -> {};
    private volatile Runnable beforeWrite = () -> {};
    private volatile Runnable beforeWait = () -> {};
    private volatile Runnable afterAbort = () -> {};

    /** Each read returns one chunk. */
    public static FakeChannel bringing(byte[]... chunks) {
        var channel = new FakeChannel();
        for (byte[] chunk : chunks) channel.feed(chunk);
        return channel.ended();
    }

    public void feed(byte[] chunk) {
        if (chunk.length > 0) input.add(chunk);
        readable.signal();
    }

    public void feed(String chunk) {
        feed(chunk.getBytes(StandardCharsets.UTF_8));
    }

    public FakeChannel ended() {
        input.add(END);
        readable.signal();
        return this;
    }

    /** Sets whether writes are accepted, completely, or not at all. */
    public void room(boolean hasRoom) {
        this.hasRoom = hasRoom;
        writable.signal();
    }

    /** From now on, writes fail. */
    public void breakOutput() {
        broken = true;
        writable.signal();
    }

    /** Runs in each read before it looks for input, on the reading thread. */
    public void beforeRead(Runnable action) {
        beforeRead = action;
    }

    /** Runs in each write before it accepts any byte, on the writing thread. */
    public void beforeWrite(Runnable action) {
        beforeWrite = action;
    }

    /** Runs at the start of each wait, on the waiting thread. */
    public void beforeWait(Runnable action) {
        beforeWait = action;
    }

    /** Runs at the end of each abort, on the aborting thread. */
    public void afterAbort(Runnable action) {
        afterAbort = action;
    }

    /** Whether a read has returned the end. */
    public boolean hasEnded() {
        return endWasRead;
    }

    /** The text of each accepted write. */
    public List<String> writes() {
        return List.copyOf(writes);
    }

    /** The calls of shutdownOutput, close and abort, in order. */
    public List<String> events() {
        return List.copyOf(events);
    }

    @Override
    public int tryRead(ByteBuffer target) throws IOException {
        requireOpen();
        beforeRead.run();
        byte[] chunk = input.poll();
        if (chunk == null) return 0;
        if (chunk == END) {
            input.addFirst(END);
            endWasRead = true;
            return -1;
        }
        int moved = Math.min(chunk.length, target.remaining());
        target.put(chunk, 0, moved);
        if (moved < chunk.length) {
            input.addFirst(Arrays.copyOfRange(chunk, moved, chunk.length));
        }
        return moved;
    }

    @Override
    public int tryWrite(ByteBuffer source) throws IOException {
        requireOpen();
        beforeWrite.run();
        if (broken) throw new SocketException("Broken pipe");
        if (!hasRoom) return 0;
        byte[] taken = new byte[source.remaining()];
        source.get(taken);
        writes.add(new String(taken, StandardCharsets.UTF_8));
        return taken.length;
    }

    private void requireOpen() throws ClosedChannelException {
        if (closed) throw new ClosedChannelException();
    }

    @Override
    public void awaitReadable() throws InterruptedException {
        beforeWait.run();
        readable.arm();
        if (closed || !input.isEmpty()) readable.disarm();
        readable.park();
    }

    @Override
    public void awaitWritable() throws InterruptedException {
        beforeWait.run();
        writable.arm();
        if (closed || broken || hasRoom) writable.disarm();
        writable.park();
    }

    @Override
    public void shutdownOutput() throws IOException {
        requireOpen();
        events.add("shutdownOutput");
    }

    @Override
    public void close() {
        end("close");
    }

    @Override
    public void abort() {
        end("abort");
        afterAbort.run();
    }

    private void end(String event) {
        events.add(event);
        closed = true;
        readable.signal();
        writable.signal();
    }

    @Override
    public SocketAddress remoteAddress() {
        return LoopbackAddress.of(4321);
    }

    @Override
    public SocketAddress localAddress() {
        return LoopbackAddress.of(1234);
    }

    public static List<byte[]> chunks(byte[] bytes, int chunkBytes) {
        List<byte[]> chunks = new ArrayList<>();
        for (int at = 0; at < bytes.length; at += chunkBytes) {
            chunks.add(Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + chunkBytes)));
        }
        return chunks;
    }
}
