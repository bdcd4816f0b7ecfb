package io.loomline.net;

import io.loomline.driver.Channel;
import io.loomline.driver.PeerCredentials;
import io.loomline.task.Task;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The border between a connection and its channel: here errors get a place and a peer, and here an
 * own close is told from everything else.
 */
final class Wire {
    private final Channel channel;

    /** Set by whoever closes, before the channel is; never cleared. */
    private final AtomicBoolean closing = new AtomicBoolean();

    Wire(Channel channel) {
        this.channel = channel;
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
            return channel.tryRead(target);
        } catch (IOException e) {
            throw translated(e, "reading from");
        }
    }

    int tryWrite(ByteBuffer source) throws IOException {
        try {
            return channel.tryWrite(source);
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

    Optional<PeerCredentials> peerCredentials() throws IOException {
        try {
            return channel.peerCredentials();
        } catch (IOException e) {
            throw translated(e, "asking who is at");
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
    }

    void abort() {
        channel.abort();
    }

    SocketAddress remoteAddress() {
        return channel.remoteAddress();
    }

    SocketAddress localAddress() {
        return channel.localAddress();
    }
}
