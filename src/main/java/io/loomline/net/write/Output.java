package io.loomline.net.write;

import io.loomline.net.buffer.ReadBuffer;
import io.loomline.net.wire.GuardedChannel;
import io.loomline.net.wire.GuardedPipe;
import io.loomline.stream.ConnectionClosedException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.function.LongConsumer;

/**
 * The writing side of a connection, through which every write passes. Bytes stay in its buffer only
 * while further input is already buffered or the output is corked, and the flusher watches them, or
 * if a write was cut after the buffer had taken it.
 */
public final class Output {
    private final GuardedChannel channel;
    private final ReadBuffer unread;

    private final Sender sender;
    private final WriteLock lock;
    private final DeferredFlush deferredFlush;

    private final OutputState state = new OutputState();

    /** Written under the lock. Other threads may see a change late. */
    private long takenBytes;

    public Output(GuardedChannel channel, ReadBuffer unread, AutoFlusher flusher) {
        this.channel = channel;
        this.unread = unread;
        this.sender = new Sender(channel, flusher.clock(), this::emptied);
        this.lock = sender.lock();
        this.deferredFlush = new DeferredFlush(sender, flusher);
    }

    private void emptied() {
        deferredFlush.emptied();
    }

    /** The bound of unsent bytes. A write up to this size is taken whole or not at all. */
    int bufferBytes() {
        return channel.limits().bufferBytes();
    }

    /** Writes the sources in their order, as one piece. */
    public void write(ByteBuffer... sources) throws IOException, InterruptedException {
        if (sources.length > 1) DistinctSources.require(sources);
        begin();
        try {
            long length = GuardedChannel.remaining(sources);
            if (length == 0) return;
            if (length <= bufferBytes()) writeWhole((int) length, sources);
            else sendLarge(new BufferWrite(sources, length, this::taken));
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes as many bytes as it can without waiting; none while another thread writes.
     *
     * @return the number of bytes taken
     */
    public int tryWrite(ByteBuffer source) throws IOException {
        channel.giveWay();
        if (!lock.tryLock()) return 0;
        try {
            requireUsable();
            int length = source.remaining();
            boolean fits = length <= bufferBytes() - sender.unsent().length();
            if (mayLeave() && fits) {
                sender.keep(source);
                deferredFlush.leave();
            } else if (sender.trySendUnsent()) {
                channel.tryWrite(source);
            }
            int taken = length - source.remaining();
            taken(taken);
            return taken;
        } finally {
            lock.unlock();
        }
    }

    /** Writes text and its terminator, both of which are ASCII, without an array for them. */
    public void writeAscii(String text, String ending) throws IOException, InterruptedException {
        int length = text.length() + ending.length();
        begin();
        try {
            if (length > bufferBytes()) {
                sendLarge(new TextWrite(text.concat(ending), this::taken));
                return;
            }
            makeRoom(length);
            sender.unsent().addAscii(text, ending);
            sendOrLeave(length);
        } finally {
            lock.unlock();
        }
    }

    /** Writes bytes and their terminator, which is ASCII, directly into the buffer. */
    public void writeLine(ByteBuffer line, String ending) throws IOException, InterruptedException {
        long length = (long) line.remaining() + ending.length();
        if (length > bufferBytes()) {
            write(line, ByteBuffer.wrap(ending.getBytes(StandardCharsets.US_ASCII)));
            return;
        }
        begin();
        try {
            makeRoom((int) length);
            sender.unsent().addLine(line, ending);
            sendOrLeave((int) length);
        } finally {
            lock.unlock();
        }
    }

    /** Whether written bytes may stay in the buffer, because more are likely to follow soon. */
    private boolean mayLeave() {
        return !unread.isEmpty() || lock.isCorkedByCaller();
    }

    /** Takes the lock for a write, if the output is usable. */
    void begin() throws IOException, InterruptedException {
        channel.giveWay();
        lock.lock();
        try {
            requireUsable();
        } catch (Throwable e) {
            lock.unlock();
            throw e;
        }
    }

    /** Ends a write. */
    void end() {
        lock.unlock();
    }

    GuardedChannel channel() {
        return channel;
    }

    private void requireUsable() throws IOException {
        channel.requireOpen();
        state.requireUsable(channel.remoteAddress());
    }

    /** Counts taken bytes. They end the partial state, so that a close after them is orderly. */
    void taken(long bytes) {
        assert lock.isHeldByCaller() && bytes >= 0;
        takenBytes += bytes;
        if (bytes > 0) state.bytesTaken();
    }

    /** Makes a close a reset, unless bytes are written before it: the peer lacks a part. */
    public void markPartial() {
        state.markPartial();
    }

    void writeWhole(int length, ByteBuffer... sources) throws IOException, InterruptedException {
        makeRoom(length);
        if (mayLeave()) sender.keep(sources);
        else sender.sendOrKeep(sources);
        sendOrLeave(length);
    }

    /** Sends unsent bytes if needed. After this, a write of that length is taken whole. */
    private void makeRoom(int length) throws IOException, InterruptedException {
        boolean fits = sender.unsent().length() + length <= bufferBytes();
        if (!fits || sender.hasStalled()) sendUnsent();
    }

    /**
     * Sends the bytes of a write that has taken effect, or leaves them in the buffer. A cancel or a
     * timeout meanwhile is thrown by the next write.
     */
    private void sendOrLeave(int length) throws IOException {
        taken(length);
        if (sender.unsent().isEmpty()) return;
        if (mayLeave() && deferredFlush.tryLeave()) return;
        try {
            sendUnsent();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (SocketTimeoutException e) {
            // the bytes are taken; the next write throws
        } catch (ConnectionClosedException e) {
            if (!channel.isClosing()) throw e; // such as when the driver is closed
            // another thread is closing the connection, and sends the rest
        }
    }

    /** Waits until the channel has all unsent bytes. If that is cut, the rest is sent later. */
    private void sendUnsent() throws IOException, InterruptedException {
        try {
            sender.send(sender.unsent());
        } catch (SocketTimeoutException | InterruptedException e) {
            deferredFlush.leave();
            throw e;
        }
    }

    /** Sends a write that bypasses the buffer. */
    void sendLarge(StreamedWrite write) throws IOException, InterruptedException {
        sendUnsent();
        try {
            sender.sendStreamed(write);
        } finally {
            if (write.isPartial()) state.breakOff();
        }
    }

    /**
     * Sends the bytes of a pipe. If that is cut, or the channel does not support it, the rest stays
     * in the pipe.
     *
     * @param onSent receives the number of bytes sent in each step
     */
    public void transferFrom(GuardedPipe source, LongConsumer onSent)
            throws IOException, InterruptedException {
        LongConsumer taken = this::taken;
        begin();
        try {
            sendLarge(new PipeWrite(source, taken.andThen(onSent)));
        } finally {
            end();
        }
    }

    public void flush() throws IOException, InterruptedException {
        whileFlushed(sender::awaitFlushed);
    }

    /** An operation that runs while no write is in progress. */
    public interface Exclusive {
        /** Runs the operation. */
        void run() throws IOException, InterruptedException;
    }

    /** Runs an operation after all unsent bytes have been sent. Writes wait until it has ended. */
    public void whileFlushed(Exclusive operation) throws IOException, InterruptedException {
        begin();
        try {
            sendUnsent();
            operation.run();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Lets the calling thread's bytes wait in the buffer, and the writes of other threads wait,
     * until the same thread calls {@link #uncork} as often.
     */
    public void cork() throws IOException, InterruptedException {
        begin();
        try {
            lock.cork();
        } finally {
            lock.unlock();
        }
    }

    /** Ends a cork. Sends as much as the channel takes now, unless more is likely to follow. */
    public void uncork() {
        lock.uncork(() -> {
            if (!mayLeave()) deferredFlush.tryNow();
        });
    }

    /**
     * Sets whether the calling thread only reads. Then its calls that may wait for the output throw
     * an {@link IllegalStateException}.
     */
    public void onlyReads(boolean onlyReads) {
        lock.onlyReads(onlyReads);
    }

    /** Whether the calling thread has corked the output. */
    public boolean isCorkedByCaller() {
        return lock.isCorkedByCaller();
    }

    /** Sends as much as the channel takes now. Called before a wait for input. */
    public void flushWithoutWaiting() {
        deferredFlush.tryNow();
    }

    public void shutDown() throws IOException, InterruptedException {
        lock.lock();
        try {
            channel.requireOpen();
            if (state.isShut()) return;
            requireUsable();
            sendUnsent();
            channel.shutdownOutput();
            state.shut();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Sends unsent bytes and shuts the output down. Called once the channel is closing.
     *
     * @param bound the time to wait for a peer that does not read; a cancelled task does not wait
     * @param meanwhile run on another thread during that wait, and interrupted at its end
     * @return false if some of the bytes were not sent
     */
    public boolean finish(Duration bound, Runnable meanwhile) {
        lock.lockForClosing();
        try {
            if (!state.isUsable()) return state.isShut();
            sender.finish(bound, meanwhile);
            channel.shutdownOutput();
            state.shut();
            sender.finish(bound, meanwhile); // the last message of TLS
            return true;
        } catch (IOException | TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlockWithoutTurn();
        }
    }

    /** Drops unsent bytes. */
    public void discard() {
        lock.lockForClosing();
        try {
            if (!sender.unsent().isEmpty()) state.breakOff();
            sender.unsent().clear();
        } finally {
            lock.unlockWithoutTurn();
        }
    }

    public long takenBytes() {
        return takenBytes;
    }

    /** The thread that waits for the peer to take bytes; null if none does. */
    public @Nullable Thread waiter() {
        return lock.waiter();
    }
}
