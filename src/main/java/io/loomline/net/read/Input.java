package io.loomline.net.read;

import io.loomline.headroom.HeldBytes;
import io.loomline.net.buffer.ReadBuffer;
import io.loomline.net.buffer.ReadBuffer.Filled;
import io.loomline.net.wire.FinalAttempt;
import io.loomline.net.wire.GuardedChannel;
import io.loomline.net.wire.WaitTimeouts;
import io.loomline.net.write.Output;
import io.loomline.stream.LineFormat.Ending;
import io.loomline.task.Task;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ReadPendingException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.LockSupport;

/**
 * The reading side of a connection: lets one reader in at a time, and brings bytes into its window.
 * A read takes bytes out of the window only when it succeeds, so one that is cancelled has lost
 * nothing.
 */
public final class Input {
    private static final VarHandle BUSY;

    static {
        try {
            BUSY = MethodHandles.lookup().findVarHandle(Input.class, "busy", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final GuardedChannel wire;
    private final ReadBuffer window;
    private final Output output;

    /** Whether a thread is inside a read; set by whoever is, in one step. */
    @SuppressWarnings("unused") // by the handle
    private volatile boolean busy;

    /**
     * The thread that waits for input: set and cleared by itself, read by whoever closes. Not set
     * by reads that need not wait: to note a thread in a long-lived object costs as much as one.
     */
    private volatile @Nullable Thread waiter;

    // the rest is the reader's
    /** The last read took all that was there: another try before waiting would find nothing. */
    private boolean drained;

    private boolean ended;

    /** Inside a line that was refused: what comes up to this ending is dropped. */
    private @Nullable Ending skippedEnding;

    /** Where that line began. */
    private long skippedPosition;

    private long filledBytes;

    public Input(GuardedChannel wire, ReadBuffer window, Output output) {
        this.wire = wire;
        this.window = window;
        this.output = output;
    }

    /** Begins a read. Whoever calls it calls {@link #leave} at the end. */
    void enter() throws IOException, InterruptedException {
        enterAsIs();
        if (skippedEnding == null) return;
        try {
            skipLine(skippedEnding);
        } catch (Throwable e) {
            leave();
            throw e;
        }
    }

    /** Begins a read that must not wait: the rest of a line that was refused may still be here. */
    void enterAsIs() throws IOException, InterruptedException {
        if (!BUSY.compareAndSet(this, false, true)) {
            wire.requireOpen(); // it may be the closing thread that reads
            throw new ReadPendingException();
        }
        try {
            Task.checkCancelled();
            wire.requireOpen();
        } catch (Throwable e) {
            leave();
            throw e;
        }
    }

    /** Between two steps of a read that takes bytes out as they come. */
    void check() throws IOException, InterruptedException {
        Task.checkCancelled();
        wire.requireOpen();
    }

    void leave() {
        BUSY.setRelease(this, false);
    }

    /** Makes a thread that waits for input find out that the connection was closed. */
    public void wakeReader() {
        LockSupport.unpark(waiter);
    }

    /** What has come and nobody has read. */
    ReadBuffer window() {
        return window;
    }

    SocketAddress remoteAddress() {
        return wire.remoteAddress();
    }

    /**
     * Drops what has come of a line; each read from now on begins behind its end.
     *
     * @param ending what ends the line
     * @param seenBytes how much of the window belongs to it for sure
     */
    void refuseLine(Ending ending, int seenBytes) {
        skippedPosition = position();
        skippedEnding = ending;
        window.consume(seenBytes);
    }

    private void skipLine(Ending ending) throws IOException, InterruptedException {
        while (!skipWhatIsHere(ending)) {
            if (fill(ending.terminator().length(), skippedPosition)) continue;
            window.clear(); // the end of the input ends it, too
            skippedEnding = null;
            return;
        }
    }

    /** Drops what is here of the line; whether its end was. */
    private boolean skipWhatIsHere(Ending ending) {
        byte[] terminator = ending.terminator().getBytes(StandardCharsets.US_ASCII);
        int found = window.indexOf(terminator, 0, window.length());
        boolean isEnd = found >= 0;
        int mayBeginTheEnd = terminator.length - 1;
        window.consume(
                isEnd ? found + terminator.length : Math.max(0, window.length() - mayBeginTheEnd));
        if (isEnd) skippedEnding = null;
        return isEnd;
    }

    /** The number of bytes before the window. */
    private long position() {
        return filledBytes - window.length();
    }

    /**
     * Waits until there is at least one byte more in the window.
     *
     * @param wanted how many bytes the window must be able to hold; more than it has
     * @return false at the end of the input
     */
    boolean fill(int wanted) throws IOException, InterruptedException {
        return fill(wanted, WaitTimeouts.NO_LINE);
    }

    /**
     * Does the same for a line or another message, whose time counts from its first byte.
     *
     * @param most how many bytes it may have; how far to read ahead for it follows what has come
     */
    boolean fillLine(int most) throws IOException, InterruptedException {
        long ahead = Math.max(2L * window.length(), wire.limits().bufferBytes());
        int wanted = (int) Math.min(most, ahead);
        return fill(wanted, window.isEmpty() ? WaitTimeouts.NO_LINE : position());
    }

    private boolean fill(int wanted, long linePosition) throws IOException, InterruptedException {
        if (ended) return false;
        beginFilling();
        Filled filled = drained ? Filled.NOTHING : fillNow(wanted);
        while (filled == Filled.NOTHING) {
            InterruptedException cut = await(linePosition);
            filled = cut == null ? fillNow(wanted) : FinalAttempt.after(cut, () -> tryFill(wanted));
        }
        return isMore(filled);
    }

    /**
     * Reads past the window, which is empty, into a target that is large: nothing is copied twice.
     *
     * @return the number of bytes; -1 at the end of the input
     */
    int readStraight(ByteBuffer target) throws IOException, InterruptedException {
        if (ended) return -1;
        beginFilling();
        int moved = drained ? 0 : wire.tryRead(target);
        while (moved == 0) {
            InterruptedException cut = await(WaitTimeouts.NO_LINE);
            moved =
                    cut == null
                            ? wire.tryRead(target)
                            : FinalAttempt.after(cut, () -> tryRead(target));
        }
        filledBytes += Math.max(0, moved);
        boolean isMore = isMore(Filled.of(moved, target));
        return isMore ? moved : -1;
    }

    private void beginFilling() {
        output.flushWithoutWaiting();
        wire.reading().restart();
    }

    /** Notes what a read has found, which was something; whether it was not the end. */
    private boolean isMore(Filled filled) throws IOException {
        if (filled == Filled.END) wire.requireOpen(); // the peer may have answered our own close
        ended = filled == Filled.END;
        drained = filled == Filled.ALL;
        return !ended;
    }

    /**
     * Waits for input, and holds no more memory meanwhile than what is here takes.
     *
     * @return what cut the wait; null if nothing did
     */
    private @Nullable InterruptedException await(long linePosition) throws IOException {
        window.trim();
        int held = window.heldBytes();
        if (held == 0) return awaitInput(linePosition);
        HeldBytes.OF_THIS_JVM.hold(held, wire.remoteAddress());
        try {
            return awaitInput(linePosition);
        } finally {
            HeldBytes.OF_THIS_JVM.release(held);
        }
    }

    private @Nullable InterruptedException awaitInput(long linePosition) throws IOException {
        WaitTimeouts patience = wire.reading();
        patience.enter(linePosition);
        waiter = Thread.currentThread();
        try {
            wire.requireOpen(); // looked at after the thread was noted: whoever closes wakes it
            wire.awaitReadable();
        } catch (InterruptedException e) {
            return e;
        } finally {
            waiter = null;
            patience.leave();
        }
        wire.requireOpen();
        return null;
    }

    private @Nullable Filled tryFill(int wanted) throws IOException {
        Filled filled = fillNow(wanted);
        return filled == Filled.NOTHING ? null : filled;
    }

    private @Nullable Integer tryRead(ByteBuffer target) throws IOException {
        int moved = wire.tryRead(target);
        return moved == 0 ? null : moved;
    }

    private Filled fillNow(int wanted) throws IOException {
        int before = window.length();
        Filled filled = window.fillFrom(wire, wanted, wire.limits().bufferBytes());
        filledBytes += window.length() - before;
        return filled;
    }

    /** Looks for input without waiting, if there is none here; how many bytes are here. */
    int available() throws IOException {
        if (window.isEmpty() && !ended) {
            Filled filled = fillNow(1);
            if (filled != Filled.NOTHING) isMore(filled);
        }
        if (skippedEnding != null && !skipWhatIsHere(skippedEnding)) return 0;
        return window.length();
    }

    /** For closing: begins to read in the place of the connection's user, if nobody is reading. */
    boolean tryTakeOver() {
        return BUSY.compareAndSet(this, false, true);
    }

    /** Whether whoever reads waits for input, and not for something else. */
    boolean isWaiting() {
        return waiter != null;
    }

    boolean hasEnded() {
        return ended;
    }

    /** Drops what is here now, so that nobody has read it; whether there was anything. */
    boolean drop() throws IOException {
        long readBytes = position();
        try {
            window.clear();
            Filled filled = fillNow(1);
            window.clear();
            ended |= filled == Filled.END;
            return filled == Filled.MORE || filled == Filled.ALL;
        } finally {
            filledBytes = readBytes;
        }
    }

    /** How many bytes have come, until the connection is closed. */
    public long receivedBytes() {
        return filledBytes;
    }

    /** How many bytes were read by the connection's user. */
    public long bytesRead() {
        return position();
    }
}
