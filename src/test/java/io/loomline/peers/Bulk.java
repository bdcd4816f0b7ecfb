package io.loomline.peers;

import io.loomline.net.Connection;

import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.zip.CRC32;

/** Bulk transfers on our side of a connection. */
final class Bulk {
    private static final int CHUNK_BYTES = 64 * 1024;

    private Bulk() {}

    /** The number of bytes and their CRC-32. */
    record Sum(long bytes, long crc) {}

    /** Writes random bytes until the condition holds. */
    static Sum write(Connection connection, BooleanSupplier stop) throws Exception {
        var random = new SplittableRandom(1);
        var crc = new CRC32();
        byte[] chunk = new byte[CHUNK_BYTES];
        long bytes = 0;
        for (; !stop.getAsBoolean(); bytes += chunk.length) {
            random.nextBytes(chunk);
            crc.update(chunk);
            connection.write(chunk);
        }
        return new Sum(bytes, crc.getValue());
    }

    /** Echoes all bytes up to the end; returns their number. */
    static long echo(Connection connection) throws Exception {
        byte[] chunk = new byte[CHUNK_BYTES];
        long bytes = 0;
        for (int length; (length = connection.read(chunk, 0, chunk.length)) >= 0; bytes += length) {
            connection.write(ByteBuffer.wrap(chunk, 0, length));
        }
        return bytes;
    }
}
