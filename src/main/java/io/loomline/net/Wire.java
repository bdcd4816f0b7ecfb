package io.loomline.net;

import io.loomline.driver.Channel;
import io.loomline.net.Patience.Side;
import io.loomline.task.Task;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The border between a connection and its channel: here errors get a place and a peer, and here an
 * own close is told from everything else.
 */
final class Wire {
    private final Channel channel;

    /** Set by whoever closes, before the channel is; never cleared. */
    private final AtomicBoolean closing = new AtomicBoolean();

    /** How long reads and writes wait; each side tells the other that bytes have moved. */
    private final Patience reading;

    private final Patience writing;

    Wire(Channel channel, Sweeper sweeper, Limits limits) {
        this.channel = channel;
        reading = new Patience(Side.INPUT, channel, sweeper, limits);
        writing = new Patience(Side.OUTPUT, channel, sweeper, limits);
    }

    Patience reading() {
        return reading;
    }

    Patience writing() {
        return writing;
    }

    /** From now on reads and writes throw. Whether this call was the first. */
    boolean beginClosing() {
        return closing.compareAndSet(false, true);
    }

    boolean isClosing() {
        return closing.get();
    }

    void requireOpen() throws ConnectionClosedException {
        if (closing.get()) throw new ConnectionClosedException(remoteAddress(), null);
    }

    int tryRead(ByteBuffer target) throws IOException {
        try {
            int moved = channel.tryRead(target);
            if (moved > 0) writing.moved();
            return moved;
        } catch (IOException e) {
            throw translated(e, "reading from");
        }
    }

    int tryWrite(ByteBuffer source) throws IOException {
        try {
            int moved = channel.tryWrite(source);
            if (moved > 0) reading.moved();
            return moved;
        } catch (IOException e) {
            throw translated(e, "writing to");
        }
    }

    /** Waits for input; an interrupt that comes of a cancel stays in the thread's status. */
    void awaitReadable() throws InterruptedException {
        try {
            channel.awaitReadable();
        } catch (InterruptedException e) {
            Task.checkCancelled();
            throw e;
        }
    }

    /** Waits for room; an interrupt that comes of a cancel stays in the thread's status. */
    void awaitWritable() throws InterruptedException {
        try {
            channel.awaitWritable();
        } catch (InterruptedException e) {
            Task.checkCancelled();
            throw e;
        }
    }

    void shutdownOutput() throws IOException {
        try {
            channel.shutdownOutput();
        } catch (IOException e) {
            throw translated(e, "ending the output to");
        }
    }

    private IOException translated(IOException e, String operation) {
        if (closing.get() || e instanceof ClosedChannelException) {
            return new ConnectionClosedException(remoteAddress(), e);
        }
        return new SocketException(operation + " " + remoteAddress() + ": " + e.getMessage(), e);
    }

    void close() {
        channel.close();
        retire();
    }

    void abort() {
        channel.abort();
        retire();
    }

    private void retire() {
        reading.retire();
        writing.retire();
    }

    SocketAddress remoteAddress() {
        return channel.remoteAddress();
    }

    SocketAddress localAddress() {
        return channel.localAddress();
    }
}
