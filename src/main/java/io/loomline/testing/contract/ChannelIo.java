package io.loomline.testing.contract;

import io.loomline.driver.Channel;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Complete reads and writes over a channel, as the contract requires: try first, then wait. */
final class ChannelIo {
    /** More than any sensible channel buffers. */
    private static final int FULL_BOUND_BYTES = 256 * 1024 * 1024;

    private static final int CHUNK_BYTES = 16 * 1024;

    /** The result of {@link #tryReadByte} when no byte is available. */
    static final int NO_BYTE = -2;

    private ChannelIo() {}

    /** Bytes that depend on their position. The period is prime, so lost chunks are noticed. */
    static byte[] pattern(int offset, int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) bytes[i] = (byte) ((offset + i) % 251);
        return bytes;
    }

    static void write(Channel to, byte... bytes) throws IOException, InterruptedException {
        write(to, ByteBuffer.wrap(bytes));
    }

    static void write(Channel to, ByteBuffer bytes) throws IOException, InterruptedException {
        while (bytes.hasRemaining()) {
            if (to.tryWrite(bytes) == 0) to.awaitWritable();
        }
    }

    /** Writes the pattern until the channel is full; returns the number of bytes written. */
    static int fill(Channel to) throws IOException {
        int filled = 0;
        while (true) {
            int taken = to.tryWrite(ByteBuffer.wrap(pattern(filled, CHUNK_BYTES)));
            if (taken == 0) return filled;
            filled += taken;
            Expect.that(
                    filled < FULL_BOUND_BYTES,
                    "tryWrite to return 0 while the peer does not read",
                    filled + " bytes written");
        }
    }

    /** Writes until the channel throws. */
    static void writeUntilFailure(Channel to) throws InterruptedException {
        var chunk = ByteBuffer.allocate(CHUNK_BYTES);
        try {
            for (int taken = 0; taken < FULL_BOUND_BYTES; ) {
                int now = to.tryWrite(chunk.clear());
                if (now == 0) to.awaitWritable();
                taken += now;
            }
        } catch (IOException e) {
            return;
        }
        throw new AssertionError("expected IOException, but was: writes keep succeeding");
    }

    static byte[] read(Channel from, int length) throws IOException, InterruptedException {
        var target = ByteBuffer.allocate(length);
        readInto(from, target);
        return target.array();
    }

    /** Fills the target; after an interrupt, another call continues. */
    static void readInto(Channel from, ByteBuffer target) throws IOException, InterruptedException {
        while (target.hasRemaining()) {
            int moved = from.tryRead(target);
            if (moved == 0) from.awaitReadable();
            Expect.that(
                    moved >= 0,
                    target.limit() + " bytes before the end",
                    target.position() + " bytes");
        }
    }

    static byte[] readToEnd(Channel from) throws IOException, InterruptedException {
        var all = new ByteArrayOutputStream();
        readToEnd(from, all);
        return all.toByteArray();
    }

    /** Appends to {@code all}, which keeps the bytes read even if the read fails. */
    static void readToEnd(Channel from, ByteArrayOutputStream all)
            throws IOException, InterruptedException {
        var chunk = ByteBuffer.allocate(CHUNK_BYTES);
        int moved;
        while ((moved = from.tryRead(chunk.clear())) >= 0) {
            all.write(chunk.array(), 0, moved);
            if (moved == 0) from.awaitReadable();
        }
    }

    /** Tries to read one byte; returns its value, -1 at the end, or {@link #NO_BYTE}. */
    static int tryReadByte(Channel from) throws IOException {
        var target = ByteBuffer.allocate(1);
        int moved = from.tryRead(target);
        return switch (moved) {
            case 1 -> Byte.toUnsignedInt(target.get(0));
            case 0 -> NO_BYTE;
            default -> moved;
        };
    }

    /** Tries to write one byte. */
    static int tryWriteByte(Channel to) throws IOException {
        return to.tryWrite(ByteBuffer.allocate(1));
    }
}
