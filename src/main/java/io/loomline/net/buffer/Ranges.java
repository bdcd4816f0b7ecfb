package io.loomline.net.buffer;

/** Checks of numeric arguments. */
public final class Ranges {
    private Ranges() {}

    /**
     * Requires a number between two inclusive bounds.
     *
     * @throws IllegalArgumentException naming the parameter, the number and the bounds
     */
    public static void require(String name, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    "%s %d: expected %d to %d".formatted(name, value, least, most));
        }
    }

    /**
     * Requires a number that is not negative.
     *
     * @throws IllegalArgumentException naming the parameter and the number
     */
    public static void requireNotNegative(String name, long value) {
        if (value < 0) {
            throw new IllegalArgumentException(name + " " + value + ": expected 0 or more");
        }
    }
}
