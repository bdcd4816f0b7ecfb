package io.loomline.observe.live;

/**
 * Chooses a number of tasks, evenly spread over all.
 *
 * <p><i>Threads:</i> one thread uses it.
 */
final class StackSample {
    private final long all;
    private final long chosen;
    private long seen;

    /** Chooses so many of all; each of them if there are fewer. */
    StackSample(long all, long most) {
        this.all = all;
        this.chosen = Math.min(all, most);
    }

    /** Whether the next task is chosen. Tasks beyond the expected number are not. */
    boolean next() {
        if (seen >= all) return false;
        long before = seen * chosen / all;
        seen++;
        return seen * chosen / all > before;
    }
}
