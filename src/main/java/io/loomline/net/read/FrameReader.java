package io.loomline.net.read;

import io.loomline.net.buffer.ReadBuffer;
import io.loomline.stream.FrameFormat;
import io.loomline.stream.FrameFormat.Length;
import io.loomline.stream.IncompleteReadException;
import io.loomline.stream.MessageTooLongException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;

/** Reads frames that are preceded by their length. A rejected frame stays unread. */
public final class FrameReader {
    /** The number of payload bits in a byte of a varint. */
    private static final int VARINT_BITS = 7;

    /** Set in each byte of a varint except the last. */
    private static final int VARINT_CONTINUES = 0x80;

    private final Input input;
    private final ReadBuffer window;

    public FrameReader(Input input) {
        this.input = input;
        this.window = input.window();
    }

    public byte @Nullable [] read(FrameFormat format) throws IOException, InterruptedException {
        input.enter();
        try {
            if (window.isEmpty() && !input.fill(1)) return null;
            int lengthBytes = awaitLength(format.length());
            long length = length(format.length(), lengthBytes);
            if (length > format.maxBytes()) {
                String what = "a frame of " + length + " bytes";
                throw new MessageTooLongException(what, input.remoteAddress(), format.maxBytes());
            }
            awaitBytes(lengthBytes + (int) length);
            window.consume(lengthBytes);
            return window.take((int) length);
        } finally {
            input.leave();
        }
    }

    /** Waits for the length. Returns its number of bytes. */
    private int awaitLength(Length coding) throws IOException, InterruptedException {
        int most = coding.mostBytes();
        if (coding != Length.VARINT) {
            awaitBytes(most);
            return most;
        }
        for (int bytes = 1; bytes <= most; bytes++) {
            awaitBytes(bytes);
            if ((window.at(bytes - 1) & VARINT_CONTINUES) == 0) return bytes;
        }
        throw new RejectedInputException(
                "the length of a frame from %s has more than %d bytes"
                        .formatted(input.remoteAddress(), most));
    }

    private long length(Length coding, int bytes) {
        long length = 0;
        for (int i = 0; i < bytes; i++) {
            length =
                    coding == Length.VARINT
                            ? length | (window.at(i) & 0x7FL) << (VARINT_BITS * i)
                            : length << Byte.SIZE | (window.at(i) & 0xFFL);
        }
        return length;
    }

    private void awaitBytes(int length) throws IOException, InterruptedException {
        while (window.length() < length) {
            if (input.fillLine(length)) continue;
            byte[] received = window.take(window.length());
            throw IncompleteReadException.ofLength(length, received, input.remoteAddress());
        }
    }
}
