package loomline.bench;

/** Counts of latencies, log-linear: 64 steps in each power of two, so a figure is at most 1.6 % off. */
final class Histogram {
    private static final int STEP_BITS = 6;
    private static final int STEPS = 1 << STEP_BITS;

    private final long[] counts = new long[(65 - STEP_BITS) * STEPS];

    void add(long nanos, int times) {
        counts[index(Math.max(nanos, 0))] += times;
    }

    void clear() {
        java.util.Arrays.fill(counts, 0);
    }

    private static int index(long nanos) {
        int shift = Math.max(0, 63 - Long.numberOfLeadingZeros(nanos | 1) - STEP_BITS);
        return (shift << STEP_BITS) + (int) (nanos >>> shift);
    }

    private static long middle(int index) {
        int shift = Math.max(0, (index >> STEP_BITS) - 1);
        long low = (long) (index - (shift << STEP_BITS)) << shift;
        return low + (1L << shift) / 2;
    }

    /** The latency that this share of all has not exceeded; 0 if there is none. */
    double micros(double share) {
        long total = 0;
        for (long count : counts) total += count;
        long rank = (long) Math.ceil(total * share);
        long seen = 0;
        for (int i = 0; i < counts.length; i++) {
            seen += counts[i];
            if (seen >= rank && seen > 0) return middle(i) / 1e3;
        }
        return 0;
    }

    /** As "index:count,...", which {@link #addAll} takes. */
    String text() {
        var text = new StringBuilder("-");
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] > 0) text.append(i).append(':').append(counts[i]).append(',');
        }
        return text.toString();
    }

    void addAll(String text) {
        for (String entry : text.substring(1).split(",")) {
            if (entry.isEmpty()) continue;
            int colon = entry.indexOf(':');
            counts[Integer.parseInt(entry.substring(0, colon))] +=
                    Long.parseLong(entry.substring(colon + 1));
        }
    }
}
