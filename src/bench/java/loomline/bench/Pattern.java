package loomline.bench;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import loomline.bench.Message.WrongAnswer;

/**
 * The bytes of endless streams, each different: a MiB of noise, started elsewhere for each stream and
 * each MiB. One buffer serves all: whatever is to be sent or compared is a stretch of it.
 */
final class Pattern {
    static final int BLOCK_BYTES = 1 << 20;

    /** What the file service sends; the servers' directory is ours. */
    static final Path FILE = Path.of("target/bench/file.bin");

    static final int FILE_BYTES = 64 << 20;

    /** Prime, so that the starts wander through the whole block. */
    private static final int STEP = 4099;

    private final ByteBuffer noise = Load.direct(2 * BLOCK_BYTES);
    private final MemorySegment noiseBytes = Message.memory(noise);

    Pattern() {
        byte[] block = new byte[BLOCK_BYTES];
        new Random(6).nextBytes(block);
        noise.put(block).put(block);
    }

    private static int start(int stream, long position) {
        return (int) ((stream + position / BLOCK_BYTES) * STEP + position) & BLOCK_BYTES - 1;
    }

    /** The stream's next bytes, up to the end of its MiB; the buffer is shared. */
    ByteBuffer from(int stream, long position) {
        int start = start(stream, position);
        int left = BLOCK_BYTES - (int) (position % BLOCK_BYTES);
        return noise.limit(start + left).position(start);
    }

    void check(MemorySegment came, int length, int stream, long position) {
        for (int at = 0; at < length; ) {
            long place = position + at;
            int start = start(stream, place);
            int part = (int) Math.min(length - at, BLOCK_BYTES - place % BLOCK_BYTES);
            long wrong = MemorySegment.mismatch(came, at, at + part, noiseBytes, start, start + part);
            if (wrong >= 0) throw new WrongAnswer("stream %d: byte %d is wrong".formatted(stream, place + wrong));
            at += part;
        }
    }

    /** The file is stream 0, as long as that. */
    void writeFile() throws IOException {
        if (Files.exists(FILE) && Files.size(FILE) == FILE_BYTES) return;
        try (var file = FileChannel.open(FILE, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            for (long at = 0; at < FILE_BYTES; ) at += file.write(from(0, at), at);
        }
    }
}
