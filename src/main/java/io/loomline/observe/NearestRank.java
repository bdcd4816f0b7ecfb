package io.loomline.observe;

import org.jspecify.annotations.Nullable;

import java.util.List;

/** Percentiles: the smallest value that a part of all values does not exceed. */
final class NearestRank {
    private static final long PERCENT = 100;

    private NearestRank() {}

    /**
     * The percentile of some values.
     *
     * @param sorted the values, the smallest first
     * @param percent 1 to 100
     * @return one of the values; null if there is none
     */
    static <T> @Nullable T of(List<T> sorted, int percent) {
        if (sorted.isEmpty()) return null;
        return sorted.get((int) Math.ceilDiv(sorted.size() * (long) percent, PERCENT) - 1);
    }
}
