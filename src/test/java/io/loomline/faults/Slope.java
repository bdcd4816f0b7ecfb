package io.loomline.faults;

import java.util.List;

/**
 * A line through samples, by least squares.
 *
 * @param perHour by how much the figure changes in an hour
 * @param errorPerHour the standard error of that
 */
record Slope(double perHour, double errorPerHour) {
    private static final double ERRORS = 3;

    /** A figure at a time. */
    record Sample(double hours, double figure) {}

    static Slope of(List<Sample> samples) {
        int n = samples.size();
        if (n < 3) throw new IllegalArgumentException(n + " samples: expected 3 or more");
        double hours = samples.stream().mapToDouble(Sample::hours).sum() / n;
        double figure = samples.stream().mapToDouble(Sample::figure).sum() / n;
        double square = 0;
        double product = 0;
        for (Sample each : samples) {
            square += (each.hours - hours) * (each.hours - hours);
            product += (each.hours - hours) * (each.figure - figure);
        }
        double slope = product / square;
        double rest = 0;
        for (Sample each : samples) {
            double off = each.figure - figure - slope * (each.hours - hours);
            rest += off * off;
        }
        return new Slope(slope, Math.sqrt(rest / (n - 2) / square));
    }

    /** Whether the figure grows by more than its noise and, over the samples, by more than that. */
    boolean grows(double hours, double tolerance) {
        return perHour > ERRORS * errorPerHour && perHour * hours > tolerance;
    }
}
