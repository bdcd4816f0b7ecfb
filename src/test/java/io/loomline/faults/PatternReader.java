package io.loomline.faults;

import java.io.IOException;
import java.io.InputStream;

/** Reads what {@link StalledWrite} has written. */
final class PatternReader {
    private PatternReader() {}

    /**
     * Reads to the end, or to a reset, which the peer sends if it cannot send the rest.
     *
     * @param position the position in the pattern of the first byte
     * @return the position after the last one
     * @throws IOException if a byte is another than that of the pattern
     */
    static long read(InputStream input, long position) throws IOException {
        byte[] bytes = new byte[1 << 16];
        long next = position;
        while (true) {
            int count;
            try {
                count = input.read(bytes);
            } catch (java.net.SocketException e) {
                return next;
            }
            if (count < 0) return next;
            for (int i = 0; i < count; i++, next++) {
                if (bytes[i] != StalledWrite.at(next)) {
                    throw new IOException("byte " + next + " is another");
                }
            }
        }
    }
}
