package io.loomline.observe.live;

/**
 * Chooses a number of tasks, evenly spread over all.
 *
 * <p><i>Threads:</i> one thread uses it.
 */
final class StackSample {
    private final long all;
    private final long most;
    private long seen;

    /**
     * Chooses so many of all. If there are not more, it chooses each, also some that come later.
     */
    StackSample(long all, long most) {
        this.all = all;
        this.most = most;
    }

    /** Whether the next task is chosen. */
    boolean next() {
        if (all <= most) return seen++ < most;
        if (seen >= all) return false;
        long before = seen * most / all;
        seen++;
        return seen * most / all > before;
    }
}
