package io.loomline.driver.memory;

import io.loomline.driver.Channel;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;

/** One end of a pair, which reads from one pipe and writes to the other. */
final class MemoryChannel implements Channel {
    private final MemoryPipe input;
    private final MemoryPipe output;
    private final SocketAddress local;
    private final SocketAddress remote;

    /** Set by the closing thread, never cleared. */
    private volatile boolean closed;

    MemoryChannel(MemoryPipe input, MemoryPipe output, SocketAddress local, SocketAddress remote) {
        this.input = input;
        this.output = output;
        this.local = local;
        this.remote = remote;
    }

    @Override
    public int tryRead(ByteBuffer target) throws IOException {
        requireOpen();
        try {
            return input.tryRead(target);
        } catch (SocketException e) {
            requireOpen(); // if closed meanwhile, this side caused the error
            throw e;
        }
    }

    @Override
    public int tryWrite(ByteBuffer source) throws IOException {
        requireOpen();
        try {
            return output.tryWrite(source);
        } catch (SocketException e) {
            requireOpen(); // if closed meanwhile, this side caused the error
            throw e;
        }
    }

    @Override
    public void awaitReadable() throws InterruptedException {
        input.awaitReadable();
    }

    @Override
    public void awaitWritable() throws InterruptedException {
        output.awaitWritable();
    }

    @Override
    public void shutdownOutput() throws IOException {
        requireOpen();
        output.end();
    }

    private void requireOpen() throws ClosedChannelException {
        if (closed) throw new ClosedChannelException();
    }

    @Override
    public void close() {
        closed = true;
        output.end();
        input.breakOff();
    }

    @Override
    public void abort() {
        if (closed) return; // no connection is left to reset
        closed = true;
        output.reset();
        input.reset();
    }

    @Override
    public SocketAddress remoteAddress() {
        return remote;
    }

    @Override
    public SocketAddress localAddress() {
        return local;
    }
}
