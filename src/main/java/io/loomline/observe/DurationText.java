package io.loomline.observe;

import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Durations for readers: a number of at most three digits, and its unit. */
final class DurationText {
    private static final long NANOS_PER_MILLI = TimeUnit.MILLISECONDS.toNanos(1);
    private static final double MILLIS_PER_SECOND = 1_000;
    private static final long PRECISE_SECONDS = 10;
    private static final long MOST_SECONDS = 600;
    private static final long MOST_MINUTES = 600;
    private static final long MOST_HOURS = 72;

    private DurationText() {}

    /** Such as {@code 12 ms}, {@code 3.4 s}, {@code 38 s}, {@code 25 min}, {@code 4 d}. */
    static String of(Duration time) {
        long millis = TimeUnit.NANOSECONDS.convert(time) / NANOS_PER_MILLI;
        long seconds = time.toSeconds();
        if (Math.abs(seconds) < 1) return millis + " ms";
        if (Math.abs(seconds) < PRECISE_SECONDS) {
            return String.format(Locale.ROOT, "%.1f s", millis / MILLIS_PER_SECOND);
        }
        if (Math.abs(seconds) < MOST_SECONDS) return seconds + " s";
        if (Math.abs(time.toMinutes()) < MOST_MINUTES) return time.toMinutes() + " min";
        if (Math.abs(time.toHours()) < MOST_HOURS) return time.toHours() + " h";
        return time.toDays() + " d";
    }
}
