package io.loomline.net.read;

import io.loomline.net.buffer.BufferPool;
import io.loomline.net.buffer.Ranges;
import io.loomline.net.buffer.ReadBuffer;
import io.loomline.net.wire.WaitTimeouts;
import io.loomline.stream.IncompleteReadException;
import io.loomline.stream.MessageTooLongException;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.util.function.BooleanSupplier;

/** Reads bytes: the available ones, a given number, or up to a delimiter or the end. */
public final class ByteReader {
    /** The length of the longest array that every JVM can allocate. */
    public static final int MOST_BYTES = Integer.MAX_VALUE - 64;

    private final Input input;
    private final ReadBuffer window;

    /** Whether all reads are of one body, for which the minimum rate holds. */
    private final boolean isBody;

    /** Where the body begins in the input; {@code NO_LINE} until its first read. */
    private long bodyPosition = WaitTimeouts.NO_LINE;

    public ByteReader(Input input) {
        this(input, false);
    }

    private ByteReader(Input input, boolean isBody) {
        this.input = input;
        this.window = input.window();
        this.isBody = isBody;
    }

    /**
     * A reader of one body, which begins with the next byte and for which the minimum rate holds.
     */
    public static ByteReader ofBody(Input input) {
        return new ByteReader(input, true);
    }

    public int read(ByteBuffer target) throws IOException, InterruptedException {
        enter(target.remaining());
        try {
            if (!target.hasRemaining()) return 0;
            if (target.isReadOnly()) throw new ReadOnlyBufferException();
            boolean isLarge = target.remaining() >= BufferPool.CHUNK_BYTES;
            if (isLarge && input.allowsReadingDirectly()) return input.readDirectly(target);
            return awaitAny() ? window.moveTo(target) : -1;
        } finally {
            leave();
        }
    }

    /** Begins a read of that many bytes. A read of 0 bytes never waits. */
    private void enter(long count) throws IOException, InterruptedException {
        if (count == 0) input.enterWithoutWaiting();
        else input.enter();
        if (!isBody || count == 0) return;
        if (bodyPosition == WaitTimeouts.NO_LINE) bodyPosition = input.position();
        input.timeouts().body(bodyPosition);
    }

    private void leave() {
        if (isBody) input.timeouts().body(WaitTimeouts.NO_LINE);
        input.leave();
    }

    /** Waits until the window is not empty; false at the end of the input. */
    private boolean awaitAny() throws IOException, InterruptedException {
        return !window.isEmpty() || input.fill(1);
    }

    /** Waits for the first byte of a message, as {@link Input#awaitFirst} does. */
    public boolean awaitFirst(BooleanSupplier stopped) throws IOException, InterruptedException {
        input.enterWithoutWaiting();
        try {
            return input.awaitFirst(stopped);
        } finally {
            input.leave();
        }
    }

    /** Reads a byte; -1 at the end of the input. */
    int readByte() throws IOException, InterruptedException {
        enter(1);
        try {
            if (!awaitAny()) return -1;
            int read = Byte.toUnsignedInt(window.at(0));
            window.consume(1);
            return read;
        } finally {
            leave();
        }
    }

    public byte[] read(int maxBytes) throws IOException, InterruptedException {
        Ranges.require("maxBytes", maxBytes, 1, Integer.MAX_VALUE);
        input.enter();
        try {
            return awaitAny() ? window.take(Math.min(maxBytes, window.length())) : new byte[0];
        } finally {
            input.leave();
        }
    }

    public long skip(long count) throws IOException, InterruptedException {
        Ranges.requireNotNegative("count", count);
        enter(count);
        try {
            if (count == 0 || !awaitAny()) return 0;
            int skipped = (int) Math.min(count, window.length());
            window.consume(skipped);
            return skipped;
        } finally {
            leave();
        }
    }

    /** Skips that many bytes. */
    public void skipFully(long count) throws IOException, InterruptedException {
        Ranges.requireNotNegative("count", count);
        long skipped = ofBody(input).transferTo(bytes -> bytes.position(bytes.limit()), count);
        if (skipped == count) return;
        throw IncompleteReadException.ofPassed(count, skipped, remoteAddress());
    }

    SocketAddress remoteAddress() {
        return input.remoteAddress();
    }

    int bufferBytes() {
        return input.bufferBytes();
    }

    /** Makes all further reads throw. */
    void endInput(String reason) throws IOException, InterruptedException {
        input.enterWithoutWaiting();
        try {
            input.end(reason);
        } finally {
            input.leave();
        }
    }

    /** Reduces the memory of unread bytes to about their number, unless a thread is reading. */
    public void trim() {
        if (!input.tryTakeOver()) return;
        window.trim();
        input.leave();
    }

    int available() throws IOException, InterruptedException {
        input.enterWithoutWaiting();
        try {
            return input.available();
        } finally {
            input.leave();
        }
    }

    /**
     * Passes input to a sink, up to the end of the input. Bytes that the sink has not taken when it
     * throws stay unread.
     *
     * @return the number of bytes; fewer than {@code mostBytes} only at the end of the input, or if
     *     the sink wants no more
     */
    public long transferTo(ReadBuffer.Sink sink, long mostBytes)
            throws IOException, InterruptedException {
        Ranges.requireNotNegative("maxBytes", mostBytes);
        enter(mostBytes);
        try {
            long moved = 0;
            while (moved < mostBytes && sink.wantsMore() && awaitAny()) {
                moved += window.moveTo(sink, (int) Math.min(mostBytes - moved, window.length()));
                if (moved < mostBytes) input.check();
            }
            return moved;
        } finally {
            leave();
        }
    }

    /**
     * Returns at the end of the input, and reads ahead meanwhile. If the peer sends more bytes than
     * may be read ahead, its end is not seen.
     *
     * @param entered runs once no other thread can read
     */
    public void awaitEnd(Runnable entered) throws IOException, InterruptedException {
        input.enterWithoutWaiting(); // the rest of a rejected line is skipped by the next read
        try {
            entered.run();
            while (input.fill(window.length() + 1)) {
                while (window.length() >= input.bufferBytes()) input.awaitClose();
            }
        } finally {
            input.leave();
        }
    }

    public byte[] readExactly(int length) throws IOException, InterruptedException {
        Ranges.require("length", length, 0, MOST_BYTES);
        enter(length);
        try {
            return takeExactly(length);
        } finally {
            leave();
        }
    }

    private byte[] takeExactly(int length) throws IOException, InterruptedException {
        if (awaitMessage(length)) return window.take(length);
        byte[] received = window.take(window.length());
        throw IncompleteReadException.ofLength(length, received, input.remoteAddress());
    }

    /** Does the same for a message, for which the line timeout holds. */
    private boolean awaitMessage(int length) throws IOException, InterruptedException {
        while (window.length() < length) {
            if (!input.fillMessage(length)) return false;
        }
        return true;
    }

    /** Waits until the window has that many bytes; false if the input ends first. */
    private boolean awaitBytes(int length) throws IOException, InterruptedException {
        while (window.length() < length) {
            if (!input.fill(length)) return false;
        }
        return true;
    }

    public byte[] peek(int length) throws IOException, InterruptedException {
        Ranges.require("length", length, 0, MOST_BYTES);
        enter(length);
        try {
            awaitMessage(length);
            input.timeouts().endLine(); // the same bytes may begin another message now
            return window.copy(Math.min(length, window.length()));
        } finally {
            leave();
        }
    }

    public byte[] readAll(int maxBytes) throws IOException, InterruptedException {
        Ranges.require("maxBytes", maxBytes, 0, MOST_BYTES);
        enter(1);
        try {
            if (awaitBytes(maxBytes + 1)) {
                throw new MessageTooLongException("the input", input.remoteAddress(), maxBytes);
            }
            return window.take(window.length());
        } finally {
            leave();
        }
    }

    public byte[] readUntil(byte[] delimiter, int maxBytes)
            throws IOException, InterruptedException {
        if (delimiter.length == 0) {
            throw new IllegalArgumentException("delimiter of 0 bytes: expected 1 or more");
        }
        Ranges.require("maxBytes", maxBytes, delimiter.length, MOST_BYTES);
        input.enter();
        try {
            return takeUntil(delimiter, maxBytes);
        } finally {
            input.leave();
        }
    }

    private byte[] takeUntil(byte[] delimiter, int maxBytes)
            throws IOException, InterruptedException {
        int searched = 0;
        while (true) {
            int to = Math.min(maxBytes, window.length());
            int found = window.indexOf(delimiter, searched, to);
            if (found >= 0) return window.take(found + delimiter.length);
            if (to == maxBytes) {
                throw new MessageTooLongException(
                        "a message that ends with a delimiter", input.remoteAddress(), maxBytes);
            }
            searched = Math.max(0, to - delimiter.length + 1); // it may have arrived in part
            if (!input.fillLine(maxBytes)) {
                throw IncompleteReadException.upTo(
                        "the delimiter", window.take(window.length()), input.remoteAddress());
            }
        }
    }
}
