package io.loomline.net.write;

import io.loomline.net.buffer.Ranges;
import io.loomline.net.buffer.ReadBuffer;
import io.loomline.net.buffer.Text;
import io.loomline.net.wire.GuardedChannel;
import io.loomline.stream.ConnectionClosedException;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeoutException;

/**
 * The writing side of a connection: one choke point for every write. Bytes stay in its buffer only
 * while further input is already here and somebody sees to them, or when a write was cut after the
 * buffer had taken it.
 *
 * <pre>
 *   usable ──shutDown──▶ shut
 *     │ └──a large write was cut in the middle──▶ broken: the peer's stream has a hole
 *     └──cutShort──▶ partial ──bytes are taken──▶ usable
 *                         └──close──▶ a reset: the peer must not take a part for the whole
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

    private final GuardedChannel wire;
    private final ReadBuffer unread;

    private final Sender sender;
    private final DeferredFlush lateFlush;

    /** Written under the sender's lock; by any thread only from usable to partial. */
    private volatile State state = State.USABLE;

    /** Read by anyone, who may see it a little late. */
    private long takenBytes;

    public Output(GuardedChannel wire, ReadBuffer unread, AutoFlusher flusher) {
        this.wire = wire;
        this.unread = unread;
        this.sender = new Sender(wire, flusher.clock(), this::emptied);
        this.lateFlush = new DeferredFlush(sender, flusher);
    }

    private void emptied() {
        lateFlush.emptied();
    }

    /** Bounds what is unsent; a write up to this size is taken whole or not at all. */
    private int bufferBytes() {
        return wire.limits().bufferBytes();
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
     * Takes what can be taken without waiting; whoever writes at the same moment goes first.
     *
     * @return the number of bytes
     */
    public int tryWrite(ByteBuffer source) throws IOException {
        if (!sender.tryLock()) return 0;
        try {
            requireUsable();
            int length = source.remaining();
            boolean fits = length <= bufferBytes() - sender.unsent().length();
            if (!unread.isEmpty() && fits) {
                sender.keep(source);
                lateFlush.leave();
            } else if (sender.trySendUnsent()) {
                wire.tryWrite(source);
            }
            int taken = length - source.remaining();
            taken(taken);
            return taken;
        } finally {
            sender.unlock();
        }
    }

    /** Writes text and what ends it. */
    public void write(String text, String ending, Charset charset)
            throws IOException, InterruptedException {
        if (Text.isAscii(text, charset)) writeAscii(text, ending);
        else write(ByteBuffer.wrap(Text.encode(text + ending, charset)));
    }

    /** Writes text and what ends it, both of which are ASCII: into the buffer without a detour. */
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
        wire.requireOpen();
        if (state != State.USABLE && state != State.PARTIAL) throw unusable();
    }

    /** Bytes were taken: whoever has written after a cut decides how it ends. */
    private void taken(long bytes) {
        takenBytes += bytes;
        if (bytes > 0 && state == State.PARTIAL) state = State.USABLE;
    }

    private SocketException unusable() {
        SocketAddress peer = wire.remoteAddress();
        return new SocketException(
                state == State.SHUT
                        ? "the output to " + peer + " was shut down"
                        : "an earlier write to " + peer + " was cut in the middle");
    }

    /** The peer has not had everything: unless something is written, a close is a reset. */
    public void cutShort() {
        STATE.compareAndSet(this, State.USABLE, State.PARTIAL);
    }

    private void writeWhole(int length, ByteBuffer... sources)
            throws IOException, InterruptedException {
        makeRoom(length);
        if (unread.isEmpty()) sender.sendOrKeep(sources);
        else sender.keep(sources);
        sendOrLeave(length);
    }

    /** The last way out of a write that is taken whole or not at all. */
    private void makeRoom(int length) throws IOException, InterruptedException {
        boolean fits = sender.unsent().length() + length <= bufferBytes();
        if (!fits || sender.hasStalled()) sendUnsent();
    }

    /** A write has taken effect. What cuts the sending of it is for the next one to tell. */
    private void sendOrLeave(int length) throws IOException {
        taken(length);
        if (sender.unsent().isEmpty()) return;
        if (!unread.isEmpty() && lateFlush.tryLeave()) return;
        try {
            sendUnsent();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (SocketTimeoutException e) {
            // the bytes are taken; the next write throws
        } catch (ConnectionClosedException e) {
            if (!wire.isClosing()) throw e; // such as that the driver is closed
            // closed meanwhile by another thread, which sends the rest
        }
    }

    /** Waits until the wire has all that was written; if that is cut, the rest leaves later. */
    private void sendUnsent() throws IOException, InterruptedException {
        try {
            sender.send(sender.unsent());
        } catch (SocketTimeoutException | InterruptedException e) {
            lateFlush.leave();
            throw e;
        }
    }

    /** Sends past the buffer. */
    private void sendLarge(StreamedWrite part) throws IOException, InterruptedException {
        sendUnsent();
        try {
            sender.send(part);
        } finally {
            if (part.isCut()) state = State.BROKEN;
        }
    }

    /**
     * Sends a part of a file, as one piece.
     *
     * @return the number of bytes; less than the count if the file ends before
     */
    public long transferFrom(FileChannel source, long position, long count)
            throws IOException, InterruptedException {
        Ranges.requireNotNegative("position", position);
        Ranges.requireNotNegative("count", count);
        begin();
        try {
            if (count <= bufferBytes()) return transferWhole(source, position, (int) count);
            var part = new FileWrite(source, position, count, this::taken);
            sendLarge(part);
            return part.sentBytes();
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
        } finally {
            sender.unlock();
        }
    }

    /** Before a wait for input: sends what can be sent now. */
    public void flushWithoutWaiting() {
        lateFlush.tryNow();
    }

    public void shutDown() throws IOException, InterruptedException {
        sender.lock();
        try {
            wire.requireOpen();
            if (state == State.SHUT) return;
            requireUsable();
            sendUnsent();
            wire.shutdownOutput();
            state = State.SHUT;
        } finally {
            sender.unlock();
        }
    }

    /**
     * For closing, after the wire has begun to: sends what is unsent and ends the output.
     *
     * @param bound how long to wait for a peer that does not read; a cancelled task does not wait
     * @param meanwhile what another thread does as long as that takes, until it is interrupted
     * @return false if the peer cannot get all that was written
     */
    public boolean finish(Duration bound, Runnable meanwhile) {
        sender.lockForClosing();
        try {
            if (state != State.USABLE) return state == State.SHUT;
            sender.finish(bound, meanwhile);
            wire.shutdownOutput();
            state = State.SHUT;
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

    /** What is unsent will never be sent. */
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
