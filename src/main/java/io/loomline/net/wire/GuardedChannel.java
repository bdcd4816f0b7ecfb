package io.loomline.net.wire;

import io.loomline.driver.Channel;
import io.loomline.driver.PeerCredentials;
import io.loomline.driver.carrier.TimeSlice;
import io.loomline.log.ErrorText;
import io.loomline.net.wire.WaitTimeouts.Side;
import io.loomline.stream.ConnectionClosedException;
import io.loomline.stream.Limits;
import io.loomline.task.Task;

import org.jspecify.annotations.Nullable;

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
public final class GuardedChannel {
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

    /** How long reads wait; each side tells the other that bytes have moved. */
    private final WaitTimeouts reading;

    /** How long writes wait: made when one has to for the first time, which most never have. */
    private volatile @Nullable WaitTimeouts writing;

    /** How many bytes the channel has taken; the writer's. */
    private long sentBytes;

    public GuardedChannel(Channel channel, TimeoutSweeper sweeper, Limits limits) {
        this.channel = channel;
        reading = new WaitTimeouts(Side.INPUT, channel, sweeper, limits);
    }

    public WaitTimeouts reading() {
        return reading;
    }

    /** Of the one that writes. */
    public WaitTimeouts writing() {
        WaitTimeouts present = writing;
        if (present != null) return present;
        var made = new WaitTimeouts(Side.OUTPUT, channel, reading.sweeper, limits());
        writing = made;
        // looked at after it can be seen: whoever sets limits, or closes, looks for it afterwards
        made.limits(limits());
        if (isClosing()) made.retire();
        return made;
    }

    /** A write begins, or has made progress: its time counts from its next wait. */
    public void restartWriting() {
        WaitTimeouts present = writing;
        if (present != null) present.restart();
    }

    public Limits limits() {
        return reading.limits();
    }

    /** Whether a read or a write waits; seen from outside, maybe a little late. */
    public boolean isWaiting() {
        WaitTimeouts present = writing;
        return reading.isWaiting() || (present != null && present.isWaiting());
    }

    /** Hold from the next wait on. */
    public void limits(Limits limits) {
        reading.limits(limits);
        WaitTimeouts present = writing;
        if (present != null) present.limits(limits);
    }

    /** From now on reads and writes throw. Whether this call was the first. */
    public boolean beginClosing() {
        Runnable before = state.getAndSet(State.CLOSING);
        before.run();
        return before != State.CLOSING;
    }

    public boolean isClosing() {
        return state.get() == State.CLOSING;
    }

    /**
     * From now on runs something when this side begins to close, on the thread that does.
     *
     * @return false if somebody watches already, or it has begun
     */
    public boolean watchClosing(Runnable watcher) {
        return state.compareAndSet(State.OPEN, watcher);
    }

    public void unwatchClosing(Runnable watcher) {
        state.compareAndSet(watcher, State.OPEN);
    }

    public void requireOpen() throws ConnectionClosedException {
        if (isClosing()) throw new ConnectionClosedException(remoteAddress(), null);
    }

    public int tryRead(ByteBuffer target) throws IOException {
        TimeSlice.spend(target.remaining());
        try {
            int moved = channel.tryRead(target);
            WaitTimeouts present = writing;
            if (moved > 0 && present != null) present.moved();
            return moved;
        } catch (IOException e) {
            throw translated(e, "reading from");
        }
    }

    public int tryWrite(ByteBuffer source) throws IOException {
        int before = source.remaining();
        TimeSlice.spend(before);
        try {
            return channel.tryWrite(source);
        } catch (IOException e) {
            throw translated(e, "writing to");
        } finally {
            sent(before - source.remaining());
        }
    }

    /** Takes from the sources in their order; whether they are empty now. */
    public boolean tryWrite(ByteBuffer[] sources) throws IOException {
        long before = remaining(sources);
        TimeSlice.spend(before);
        try {
            channel.tryWrite(sources, 0, sources.length);
            return remaining(sources) == 0;
        } catch (IOException e) {
            throw translated(e, "writing to");
        } finally {
            sent(before - remaining(sources));
        }
    }

    public static long remaining(ByteBuffer[] sources) {
        long sum = 0;
        for (ByteBuffer source : sources) sum += source.remaining();
        return sum;
    }

    /**
     * Takes from a file; a failure of the file itself is thrown as it is.
     *
     * @return the number of bytes; 0 if none can be taken now, -1 if the file ends here
     */
    public long tryWriteFrom(FileChannel source, long position, long count) throws IOException {
        TimeSlice.spend(count);
        try {
            long taken =
                    UninterruptibleIo.run(() -> {
                        long now = channel.tryWriteFrom(source, position, count);
                        return now == 0 && hasEnded(source, position) ? -1 : now;
                    });
            sent(Math.max(taken, 0));
            return taken;
        } catch (IOException e) {
            if (!source.isOpen() || !isReadable(source, position)) throw e;
            throw translated(e, "sending a file to");
        }
    }

    /** Whether an error is not the file's own. */
    private static boolean isReadable(FileChannel source, long position) {
        try {
            UninterruptibleIo.run(() -> source.read(ByteBuffer.allocate(1), position));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Asked of the file itself: the size of one that the kernel makes up says nothing. */
    private static boolean hasEnded(FileChannel source, long position) throws IOException {
        return source.read(ByteBuffer.allocate(1), position) < 0;
    }

    private void sent(long bytes) {
        if (bytes == 0) return;
        sentBytes += bytes;
        reading.moved();
    }

    /** How many bytes the channel has taken. Under the lock of whoever writes. */
    public long sentBytes() {
        return sentBytes;
    }

    /** Waits for input; an interrupt that comes of a cancel stays in the thread's status. */
    public void awaitReadable() throws InterruptedException {
        try {
            channel.awaitReadable();
        } catch (InterruptedException e) {
            Task.checkCancelled();
            throw e;
        }
    }

    /** Waits for room; an interrupt that comes of a cancel stays in the thread's status. */
    public void awaitWritable() throws InterruptedException {
        try {
            channel.awaitWritable();
        } catch (InterruptedException e) {
            Task.checkCancelled();
            throw e;
        }
    }

    public void shutdownOutput() throws IOException {
        try {
            channel.shutdownOutput();
        } catch (IOException e) {
            throw translated(e, "ending the output to");
        }
    }

    public Optional<PeerCredentials> peerCredentials() throws IOException {
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
        return new SocketException(operation + " " + remoteAddress() + ": " + ErrorText.of(e), e);
    }

    public void close() {
        channel.close();
        retire();
    }

    public void abort() {
        channel.abort();
        retire();
    }

    private void retire() {
        reading.retire();
        WaitTimeouts present = writing;
        if (present != null) present.retire();
    }

    public SocketAddress remoteAddress() {
        return channel.remoteAddress();
    }

    public SocketAddress localAddress() {
        return channel.localAddress();
    }
}
