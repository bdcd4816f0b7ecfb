package io.loomline.protocol;

/**
 * How many unsent bytes a connection in callback style may buffer.
 *
 * @param highWaterBytes more unsent bytes than this pause writing
 * @param lowWaterBytes writing resumes when no more bytes than this are unsent
 * @param mostUnsentBytes a writer that ignores the pause and exceeds this loses the connection
 */
public record ProtocolOptions(int highWaterBytes, int lowWaterBytes, int mostUnsentBytes) {
    /** Pauses above 64 KiB, resumes at 16 KiB, ends the connection above 1 MiB. */
    public static final ProtocolOptions DEFAULT =
            new ProtocolOptions(64 * 1024, 16 * 1024, 1024 * 1024);

    /**
     * Checks the marks.
     *
     * @throws IllegalArgumentException unless 0 ≤ low ≤ high ≤ most
     */
    public ProtocolOptions {
        if (lowWaterBytes < 0
                || lowWaterBytes > highWaterBytes
                || highWaterBytes > mostUnsentBytes) {
            throw new IllegalArgumentException(
                    "lowWaterBytes %d, highWaterBytes %d, mostUnsentBytes %d: expected 0 <= low <= high <= most"
                            .formatted(lowWaterBytes, highWaterBytes, mostUnsentBytes));
        }
    }

    /**
     * A copy with other water marks.
     *
     * @param lowBytes writing resumes when no more bytes than this are unsent
     * @param highBytes more unsent bytes than this pause writing
     * @return the copy
     * @throws IllegalArgumentException unless 0 ≤ low ≤ high ≤ most
     */
    public ProtocolOptions withWaterMarks(int lowBytes, int highBytes) {
        return new ProtocolOptions(highBytes, lowBytes, mostUnsentBytes);
    }

    /**
     * A copy with another hard limit.
     *
     * @param bytes a writer that ignores the pause and exceeds this loses the connection
     * @return the copy
     * @throws IllegalArgumentException if the limit is less than the high-water mark
     */
    public ProtocolOptions withMostUnsentBytes(int bytes) {
        return new ProtocolOptions(highWaterBytes, lowWaterBytes, bytes);
    }
}
