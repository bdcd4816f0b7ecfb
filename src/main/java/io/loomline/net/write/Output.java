package io.loomline.net.write;

import io.loomline.net.buffer.Ranges;
import io.loomline.net.buffer.ReadBuffer;
import io.loomline.net.wire.GuardedChannel;
import io.loomline.stream.ConnectionClosedException;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeoutException;

/**
 * The writing side of a connection, through which every write passes. Bytes stay in its buffer only
 * while further input is already buffered and the flusher watches them, or if a write was cut after
 * the buffer had taken it.
 *
 * <pre>
 *   usable ──shutDown──▶ shut
 *     │ └──a large write is cut after its first byte──▶ broken: the peer's stream has a gap
 *     └──markPartial──▶ partial ──bytes are taken──▶ usable
 *                          └──close──▶ a reset, so that the peer does not take a part for the whole
 * </pre>
 */
public final class Output {
    private enum State {
        USABLE,
        PARTIAL,
        SHUT,
        BROKEN
    }

    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(Output.class, "state", State.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final GuardedChannel channel;
    private final ReadBuffer unread;

    private final Sender sender;
    private final DeferredFlush deferredFlush;

    /** Written under the sender's lock, except from usable to partial by any thread. */
    private volatile State state = State.USABLE;

    /** Written under the sender's lock. Other threads may see a change late. */
    private long takenBytes;

    public Output(GuardedChannel channel, ReadBuffer unread, AutoFlusher flusher) {
        this.channel = channel;
        this.unread = unread;
        this.sender = new Sender(channel, flusher.clock(), this::emptied);
        this.deferredFlush = new DeferredFlush(sender, flusher);
    }

    private void emptied() {
        deferredFlush.emptied();
    }

    /** The bound of unsent bytes. A write up to this size is taken whole or not at all. */
    private int bufferBytes() {
        return channel.limits().bufferBytes();
    }

    /** Writes the sources in their order, as one piece. */
    public void write(ByteBuffer... sources) throws IOException, InterruptedException {
        begin();
        try {
            long length = GuardedChannel.remaining(sources);
            if (length == 0) return;
            if (length <= bufferBytes()) writeWhole((int) length, sources);
            else sendLarge(new BufferWrite(sources, length, this::taken));
        } finally {
            sender.unlock();
        }
    }

    /**
     * Takes as many bytes as it can without waiting; none while another thread writes.
     *
     * @return the number of bytes taken
     */
    public int tryWrite(ByteBuffer source) throws IOException {
        if (!sender.tryLock()) return 0;
        try {
            requireUsable();
            int length = source.remaining();
            boolean fits = length <= bufferBytes() - sender.unsent().length();
            if (!unread.isEmpty() && fits) {
                sender.keep(source);
                deferredFlush.leave();
            } else if (sender.trySendUnsent()) {
                channel.tryWrite(source);
            }
            int taken = length - source.remaining();
            taken(taken);
            return taken;
        } finally {
            sender.unlock();
        }
    }

    /** Writes text and its terminator, both of which are ASCII, directly into the buffer. */
    public void writeAscii(String text, String ending) throws IOException, InterruptedException {
        int length = text.length() + ending.length();
        if (length > bufferBytes()) {
            write(ByteBuffer.wrap((text + ending).getBytes(StandardCharsets.ISO_8859_1)));
            return;
        }
        begin();
        try {
            makeRoom(length);
            sender.unsent().addAscii(text, ending);
            sendOrLeave(length);
        } finally {
            sender.unlock();
        }
    }

    /** Takes the lock for a write, if the output is usable. */
    private void begin() throws IOException, InterruptedException {
        sender.lock();
        try {
            requireUsable();
        } catch (Throwable e) {
            sender.unlock();
            throw e;
        }
    }

    private void requireUsable() throws IOException {
        channel.requireOpen();
        if (state != State.USABLE && state != State.PARTIAL) throw unusable();
    }

    /** Counts taken bytes. They end the partial state, so that a close after them is orderly. */
    private void taken(long bytes) {
        assert sender.isLockedByCaller() && bytes >= 0;
        takenBytes += bytes;
        if (bytes > 0 && state == State.PARTIAL) state = State.USABLE;
    }

    private SocketException unusable() {
        var peer = channel.remoteAddress();
        return new SocketException(
                state == State.SHUT
                        ? "the output to " + peer + " was shut down"
                        : "an earlier write to " + peer + " was cut in the middle");
    }

    /** Makes a close a reset, unless bytes are written before it: the peer lacks a part. */
    public void markPartial() {
        STATE.compareAndSet(this, State.USABLE, State.PARTIAL);
    }

    private void writeWhole(int length, ByteBuffer... sources)
            throws IOException, InterruptedException {
        makeRoom(length);
        if (unread.isEmpty()) sender.sendOrKeep(sources);
        else sender.keep(sources);
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
        if (!unread.isEmpty() && deferredFlush.tryLeave()) return;
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
    private void sendLarge(StreamedWrite write) throws IOException, InterruptedException {
        sendUnsent();
        try {
            sender.sendStreamed(write);
        } finally {
            if (write.isPartial()) state = State.BROKEN;
        }
    }

    /**
     * Sends a part of a file, as one piece.
     *
     * @return the number of bytes; less than {@code count} if the file ends first
     */
    public long transferFrom(FileChannel source, long position, long count)
            throws IOException, InterruptedException {
        Ranges.requireNotNegative("position", position);
        Ranges.requireNotNegative("count", count);
        begin();
        try {
            if (count <= bufferBytes()) return transferWhole(source, position, (int) count);
            var write = new FileWrite(source, position, count, this::taken);
            sendLarge(write);
            return write.sentBytes();
        } finally {
            sender.unlock();
        }
    }

    private long transferWhole(FileChannel source, long position, int count)
            throws IOException, InterruptedException {
        ByteBuffer bytes = FileWrite.read(source, position, count);
        int length = bytes.remaining();
        if (length > 0) writeWhole(length, bytes);
        return length;
    }

    public void flush() throws IOException, InterruptedException {
        begin();
        try {
            sendUnsent();
            sender.awaitFlushed();
        } finally {
            sender.unlock();
        }
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
            sender.unlock();
        }
    }

    /** Sends as much as the channel takes now. Called before a wait for input. */
    public void flushWithoutWaiting() {
        deferredFlush.tryNow();
    }

    public void shutDown() throws IOException, InterruptedException {
        sender.lock();
        try {
            channel.requireOpen();
            if (state == State.SHUT) return;
            requireUsable();
            sendUnsent();
            channel.shutdownOutput();
            state = State.SHUT;
        } finally {
            sender.unlock();
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
        sender.lockForClosing();
        try {
            if (state != State.USABLE) return state == State.SHUT;
            sender.finish(bound, meanwhile);
            channel.shutdownOutput();
            state = State.SHUT;
            sender.finish(bound, meanwhile); // the last message of TLS
            return true;
        } catch (IOException | TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            sender.unlock();
        }
    }

    /** Drops unsent bytes. */
    public void discard() {
        sender.lockForClosing();
        try {
            if (!sender.unsent().isEmpty()) state = State.BROKEN;
            sender.unsent().clear();
        } finally {
            sender.unlock();
        }
    }

    public long takenBytes() {
        return takenBytes;
    }
}
