package io.loomline.protocol;

/**
 * How much a connection in callback style may keep unsent.
 *
 * @param highWaterBytes more than so many unsent bytes pause writing
 * @param lowWaterBytes no more than so many resume it
 * @param mostUnsentBytes more than so many, from a writer that ignores the pause, cut the
 *     connection
 */
public record ProtocolOptions(int highWaterBytes, int lowWaterBytes, int mostUnsentBytes) {
    /** Pauses over 64 KiB, resumes at 16 KiB, cuts over 1 MiB. */
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
     * The same with other water marks.
     *
     * @param lowBytes no more than so many unsent bytes resume writing
     * @param highBytes more than so many pause it
     * @return the options
     * @throws IllegalArgumentException unless 0 ≤ low ≤ high ≤ most
     */
    public ProtocolOptions withWaterMarks(int lowBytes, int highBytes) {
        return new ProtocolOptions(highBytes, lowBytes, mostUnsentBytes);
    }

    /**
     * The same with another hard bound.
     *
     * @param bytes more than so many unsent bytes cut the connection
     * @return the options
     * @throws IllegalArgumentException if it is less than the high-water mark
     */
    public ProtocolOptions withMostUnsentBytes(int bytes) {
        return new ProtocolOptions(highWaterBytes, lowWaterBytes, bytes);
    }
}
