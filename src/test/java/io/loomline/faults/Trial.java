package io.loomline.faults;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** One run of a row: how much is injected, what was seen, and what of it was not as expected. */
final class Trial {
    private final boolean brief;
    private final List<String> seen = new ArrayList<>();
    private final List<String> missed = new ArrayList<>();
    private int connections = Integer.MAX_VALUE;

    /**
     * @param brief whether the run is part of the unit tests: fewer rounds, and no time is judged
     */
    Trial(boolean brief) {
        this.brief = brief;
    }

    /** How many rounds to run. */
    int times(int whole, int few) {
        return brief ? few : whole;
    }

    void note(String text) {
        seen.add(text);
    }

    /** The count must be exact. */
    void equal(String what, long expected, long count) {
        record("%s %,d/%,d".formatted(what, count, expected), count == expected);
    }

    /** Every outcome must be the expected one. */
    void all(String expected, long count, Map<String, Long> outcomes) {
        equal(expected, count, outcomes.getOrDefault(expected, 0L));
        if (outcomes.size() > 1) note("outcomes " + outcomes);
    }

    void atMost(String what, long bound, long value) {
        record("%s %,d".formatted(what, value), value <= bound);
    }

    void holds(String what, boolean as) {
        record(as ? what : "not: " + what, as);
    }

    /** Times are judged in the whole table only: unit tests may run on a busy machine. */
    void within(String what, Duration bound, Duration took) {
        record("%s %s".formatted(what, text(took)), brief || took.compareTo(bound) <= 0);
    }

    /** Sets how many connections the row makes, and so how many lines it may log. */
    void connections(int number) {
        connections = number;
    }

    /** At most one log line for each connection. */
    void logged(List<String> lines) {
        record("log lines " + lines.size(), lines.size() <= connections);
        if (!missed.isEmpty()) lines.stream().limit(3).forEach(this::note);
    }

    private void record(String text, boolean asExpected) {
        seen.add(text);
        if (!asExpected) missed.add(text);
    }

    String seen() {
        return String.join("; ", seen);
    }

    List<String> missed() {
        return missed;
    }

    static Duration since(long startNanos) {
        return Duration.ofNanos(System.nanoTime() - startNanos);
    }

    private static String text(Duration time) {
        double millis = time.toNanos() / 1e6;
        return millis < 10 ? "%.2f ms".formatted(millis) : "%,d ms".formatted((long) millis);
    }
}
