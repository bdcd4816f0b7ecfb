package io.loomline.net.read;

import io.loomline.net.buffer.ReadBuffer;
import io.loomline.stream.FrameFormat;
import io.loomline.stream.FrameFormat.Length;
import io.loomline.stream.IncompleteReadException;
import io.loomline.stream.MessageTooLongException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;

/** Reads frames that have their length in front of their body. A rejected frame stays unread. */
public final class FrameReader {
    private final Input input;
    private final ReadBuffer window;
    private final FrameFormat format;

    public FrameReader(Input input, FrameFormat format) {
        this.input = input;
        this.window = input.window();
        this.format = format;
    }

    public byte @Nullable [] read() throws IOException, InterruptedException {
        input.enter();
        try {
            if (window.isEmpty() && !input.fill(1)) return null;
            awaitBytes(format.headerBytes() + leastLengthBytes());
            ByteBuffer received = window.from(format.headerBytes());
            long bodyBytes;
            while ((bodyBytes = decode(received)) < 0) {
                awaitBytes(window.length() + 1);
                received = window.from(format.headerBytes());
            }
            requireFits(bodyBytes);
            int lengthBytes = window.length() - format.headerBytes() - received.remaining();
            return take(lengthBytes, format.headerBytes() + (int) bodyBytes);
        } finally {
            input.leave();
        }
    }

    public byte[] require() throws IOException, InterruptedException {
        byte[] frame = read();
        if (frame != null) return frame;
        throw IncompleteReadException.upTo("a frame", new byte[0], input.remoteAddress());
    }

    private int leastLengthBytes() {
        return format.length() == Length.VARINT ? 1 : format.maxLengthBytes();
    }

    private void requireFits(long bodyBytes) throws MessageTooLongException {
        if (bodyBytes <= format.maxBytes()) return;
        String what = "a frame of " + bodyBytes + " bytes";
        throw new MessageTooLongException(what, input.remoteAddress(), format.maxBytes());
    }

    private long decode(ByteBuffer received) throws RejectedFrameException {
        try {
            return format.decodeLength(received);
        } catch (ProtocolException e) {
            throw new RejectedFrameException(e.getMessage() + ": from " + input.remoteAddress());
        }
    }

    private void awaitBytes(int count) throws IOException, InterruptedException {
        while (window.length() < count) {
            if (!input.fillMessage(count)) throw incomplete(count);
        }
    }

    private IncompleteReadException incomplete(int expectedBytes) {
        byte[] received = window.take(window.length());
        return IncompleteReadException.ofLength(expectedBytes, received, input.remoteAddress());
    }

    /** Takes a frame out of the window, when it is complete, without its length. */
    private byte[] take(int lengthBytes, int frameBytes) throws IOException, InterruptedException {
        if (window.length() < lengthBytes + frameBytes)
            return awaitAndTake(lengthBytes, frameBytes);
        window.remove(format.headerBytes(), lengthBytes);
        return window.take(frameBytes);
    }

    /**
     * Does the same for a frame that is not complete yet. Without the length, the window ends up
     * with exactly the frame and its array can be handed out without a copy. If the frame does not
     * become complete, the length is put back.
     */
    private byte[] awaitAndTake(int lengthBytes, int frameBytes)
            throws IOException, InterruptedException {
        long position = input.position();
        byte[] length = window.copy(format.headerBytes(), lengthBytes);
        window.remove(format.headerBytes(), lengthBytes);
        boolean isComplete = false;
        try {
            isComplete = awaitFrame(frameBytes, position);
        } finally {
            if (!isComplete) window.insert(format.headerBytes(), length);
        }
        if (!isComplete) throw incomplete(lengthBytes + frameBytes);
        return window.take(frameBytes);
    }

    private boolean awaitFrame(int frameBytes, long position)
            throws IOException, InterruptedException {
        while (window.length() < frameBytes) {
            if (!input.fill(frameBytes, position)) return false;
        }
        return true;
    }
}
