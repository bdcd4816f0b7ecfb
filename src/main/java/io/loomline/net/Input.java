package io.loomline.net;

import io.loomline.net.ReadBuffer.Filled;
import io.loomline.task.Clock;
import io.loomline.task.Deadline;
import io.loomline.task.Task;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.channels.ReadPendingException;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/**
 * The reading side of a connection. A read takes bytes out of the window only when it succeeds, so
 * one that is cancelled has lost nothing.
 */
final class Input {
    private static final VarHandle READER;

    static {
        try {
            READER = MethodHandles.lookup().findVarHandle(Input.class, "reader", Thread.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** The longest line, without its terminator. */
    static final int MAX_LINE_BYTES = 64 * 1024;

    private static final int TERMINATOR_BYTES = 2;

    /** How long, and how much, a close goes on reading from a peer that goes on sending. */
    private static final Duration DRAIN_BOUND = Duration.ofSeconds(1);

    private static final int DRAIN_BYTES = 1024 * 1024;

    /** How often a close looks whether a reader, which it has woken, is gone. */
    private static final long TAKE_OVER_POLL_NANOS = 50_000;

    private final Wire wire;
    private final ReadBuffer buffer;
    private final Output output;

    /** The thread that is inside a read: set and cleared by itself, read by whoever closes. */
    private volatile @Nullable Thread reader;

    // the rest is the reader's
    /** The last read took all that was there: another try before waiting would find nothing. */
    private boolean drained;

    private boolean ended;

    /** Inside a line that was too long: what comes up to its newline is dropped. */
    private boolean skippingLine;

    private long filledBytes;

    Input(Wire wire, ReadBuffer buffer, Output output) {
        this.wire = wire;
        this.buffer = buffer;
        this.output = output;
    }

    private void enter() throws IOException, InterruptedException {
        if (!READER.compareAndSet(this, null, Thread.currentThread())) {
            wire.requireOpen(); // it may be the closing thread that reads
            throw new ReadPendingException();
        }
        try {
            Task.checkCancelled();
            wire.requireOpen();
            if (skippingLine) skipLine();
        } catch (Throwable e) {
            leave();
            throw e;
        }
    }

    private void leave() {
        reader = null;
    }

    /** Makes a thread that waits for input find out that the connection was closed. */
    void wakeReader() {
        LockSupport.unpark(reader);
    }

    @Nullable String readLine(LineFormat format) throws IOException, InterruptedException {
        enter();
        try {
            int scanned = 0;
            int newline;
            while ((newline = buffer.indexOf((byte) '\n', scanned)) < 0) {
                scanned = buffer.length();
                if (lengthWithoutReturn(scanned) > MAX_LINE_BYTES) throw tooLong();
                if (!fill(MAX_LINE_BYTES + TERMINATOR_BYTES)) return lastLine();
            }
            return takeLine(lengthWithoutReturn(newline), newline + 1);
        } finally {
            leave();
        }
    }

    /** The length without a CR that may belong to the terminator. */
    private int lengthWithoutReturn(int length) {
        return length > 0 && buffer.at(length - 1) == '\r' ? length - 1 : length;
    }

    /** What stands between the last terminator and the end is a line, too, if there is anything. */
    private @Nullable String lastLine() throws IOException {
        if (buffer.isEmpty()) return null;
        return takeLine(buffer.length(), buffer.length());
    }

    /** Takes a line out, also one that cannot be returned. */
    private String takeLine(int length, int lengthWithTerminator) throws IOException {
        try {
            if (length > MAX_LINE_BYTES) throw new LineTooLongException(MAX_LINE_BYTES);
            return buffer.text(length);
        } finally {
            buffer.consume(lengthWithTerminator);
        }
    }

    private LineTooLongException tooLong() {
        buffer.clear();
        skippingLine = true;
        return new LineTooLongException(MAX_LINE_BYTES);
    }

    private void skipLine() throws IOException, InterruptedException {
        int newline;
        while ((newline = buffer.indexOf((byte) '\n', 0)) < 0) {
            buffer.clear();
            if (!fill(1)) return;
        }
        buffer.consume(newline + 1);
        skippingLine = false;
    }

    int read(ByteBuffer target) throws IOException, InterruptedException {
        enter();
        try {
            if (!target.hasRemaining()) return 0;
            if (buffer.isEmpty() && !fill(1)) return -1;
            return buffer.moveTo(target);
        } finally {
            leave();
        }
    }

    /**
     * Hands what comes to a sink, up to the end of the input; what the sink has not taken when it
     * throws stays unread.
     *
     * @return the number of bytes; fewer than the most only at the end
     */
    long transferTo(ReadBuffer.Sink sink, long mostBytes) throws IOException, InterruptedException {
        enter();
        try {
            long moved = 0;
            while (moved < mostBytes && (!buffer.isEmpty() || fill(1))) {
                moved += buffer.moveTo(sink, (int) Math.min(mostBytes - moved, buffer.length()));
                if (moved == mostBytes) break;
                Task.checkCancelled();
                wire.requireOpen();
            }
            return moved;
        } finally {
            leave();
        }
    }

    byte[] readExactly(int length) throws IOException, InterruptedException {
        enter();
        try {
            while (buffer.length() < length) {
                if (!fill(length)) throw incomplete(length);
            }
            byte[] bytes = buffer.copy(length);
            buffer.consume(length);
            return bytes;
        } finally {
            leave();
        }
    }

    private IncompleteReadException incomplete(int expected) {
        byte[] received = buffer.copy(buffer.length());
        buffer.clear();
        return new IncompleteReadException(received, expected);
    }

    /**
     * Waits until there is at least one byte more in the window.
     *
     * @param wanted how many bytes the window must be able to hold
     * @return false at the end of the input
     */
    private boolean fill(int wanted) throws IOException, InterruptedException {
        if (ended) return false;
        output.flushWithoutWaiting();
        wire.reading().restart();
        while (true) {
            Filled filled = drained ? Filled.NOTHING : fillNow(wanted);
            switch (filled) {
                case MORE, ALL -> {
                    drained = filled == Filled.ALL;
                    return true;
                }
                case END -> {
                    wire.requireOpen(); // the peer may have answered our own close
                    ended = true;
                    return false;
                }
                case NOTHING -> {
                    drained = false;
                    await();
                }
            }
        }
    }

    private void await() throws IOException, InterruptedException {
        wire.requireOpen();
        Patience patience = wire.reading();
        patience.enter(Patience.NO_LINE);
        try {
            wire.awaitReadable();
        } finally {
            patience.leave();
        }
        wire.requireOpen();
    }

    private Filled fillNow(int wanted) throws IOException {
        int before = buffer.length();
        Filled filled = buffer.fillFrom(wire, wanted);
        filledBytes += buffer.length() - before;
        return filled;
    }

    /**
     * For closing, after the output was ended: takes in what the peer has sent meanwhile, because
     * the kernel resets a connection that is closed with input unread, and the peer may then lose
     * what was sent to it (RFC 1122 section 4.2.2.13). Where nothing is unread, does not wait.
     */
    void drain(Clock clock) {
        if (!takeOver()) return;
        long readBytes = bytesRead();
        try {
            buffer.clear();
            if (takeIn()) Deadline.after(DRAIN_BOUND, clock).run(this::drainUntilEnd);
        } catch (IOException | TimeoutException e) {
            // lost, or the peer goes on sending: nothing more can be done for it
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            filledBytes = readBytes; // nobody has read what was drained
            leave();
        }
    }

    /** Drops what is there now; whether there was anything. */
    private boolean takeIn() throws IOException {
        Filled filled = fillNow(1);
        buffer.clear();
        ended |= filled == Filled.END;
        return filled == Filled.MORE || filled == Filled.ALL;
    }

    /** Waits for a reader to find out that the connection is closed; it is woken until it does. */
    private boolean takeOver() {
        long endNanos = System.nanoTime() + DRAIN_BOUND.toNanos();
        while (!READER.compareAndSet(this, null, Thread.currentThread())) {
            if (System.nanoTime() - endNanos > 0) return false;
            wakeReader();
            LockSupport.parkNanos(TAKE_OVER_POLL_NANOS);
        }
        return true;
    }

    private void drainUntilEnd() throws IOException, InterruptedException {
        long enough = filledBytes + DRAIN_BYTES;
        while (filledBytes < enough) {
            if (takeIn()) continue;
            if (ended) return;
            wire.awaitReadable();
        }
    }

    /** How many bytes were read by the connection's user. */
    long bytesRead() {
        return filledBytes - buffer.length();
    }
}
