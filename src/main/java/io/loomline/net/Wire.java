package io.loomline.net;

import io.loomline.driver.Channel;
import io.loomline.driver.PeerCredentials;
import io.loomline.net.Patience.Side;
import io.loomline.task.Task;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The border between a connection and its channel: here errors get a place and a peer, and here an
 * own close is told from everything else.
 */
final class Wire {
    private final Channel channel;

    /** Nothing to run. */
    private enum State implements Runnable {
        OPEN,
        CLOSING;

        @Override
        public void run() {}
    }

    /**
     * Whether this side closes the connection, which is noted before the channel is closed; until
     * then, what to run when it does.
     *
     * <pre>
     *   open ◀──watchClosing, unwatchClosing──▶ watched
     *     └──────────beginClosing─────────────────┴──▶ closing
     * </pre>
     */
    private final AtomicReference<Runnable> state = new AtomicReference<>(State.OPEN);

    /** How long reads and writes wait; each side tells the other that bytes have moved. */
    private final Patience reading;

    private final Patience writing;

    /** How many bytes the channel has taken; the writer's. */
    private long sentBytes;

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
        Runnable before = state.getAndSet(State.CLOSING);
        before.run();
        return before != State.CLOSING;
    }

    boolean isClosing() {
        return state.get() == State.CLOSING;
    }

    /**
     * From now on runs something when this side begins to close, on the thread that does.
     *
     * @return false if somebody watches already, or it has begun
     */
    boolean watchClosing(Runnable watcher) {
        return state.compareAndSet(State.OPEN, watcher);
    }

    void unwatchClosing(Runnable watcher) {
        state.compareAndSet(watcher, State.OPEN);
    }

    void requireOpen() throws ConnectionClosedException {
        if (isClosing()) throw new ConnectionClosedException(remoteAddress(), null);
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
        int before = source.remaining();
        try {
            return channel.tryWrite(source);
        } catch (IOException e) {
            throw translated(e, "writing to");
        } finally {
            sent(before - source.remaining());
        }
    }

    /** Takes from the sources in their order; whether they are empty now. */
    boolean tryWrite(ByteBuffer[] sources) throws IOException {
        long before = remaining(sources);
        try {
            channel.tryWrite(sources, 0, sources.length);
            return remaining(sources) == 0;
        } catch (IOException e) {
            throw translated(e, "writing to");
        } finally {
            sent(before - remaining(sources));
        }
    }

    static long remaining(ByteBuffer[] sources) {
        long sum = 0;
        for (ByteBuffer source : sources) sum += source.remaining();
        return sum;
    }

    /**
     * Takes from a file; a failure of the file itself is thrown as it is.
     *
     * @return the number of bytes; 0 if none can be taken now, -1 if the file ends here
     */
    long tryWriteFrom(FileChannel source, long position, long count) throws IOException {
        try {
            long taken =
                    Aside.run(() -> {
                        long now = channel.tryWriteFrom(source, position, count);
                        return now == 0 && position >= source.size() ? -1 : now;
                    });
            sent(Math.max(taken, 0));
            return taken;
        } catch (IOException e) {
            if (!source.isOpen()) throw e;
            throw translated(e, "sending a file to");
        }
    }

    private void sent(long bytes) {
        if (bytes == 0) return;
        sentBytes += bytes;
        reading.moved();
    }

    /** How many bytes the channel has taken. Under the lock of whoever writes. */
    long sentBytes() {
        return sentBytes;
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
        if (isClosing() || e instanceof ClosedChannelException) {
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
