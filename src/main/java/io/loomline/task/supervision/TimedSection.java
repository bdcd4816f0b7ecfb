package io.loomline.task.supervision;

/**
 * A section of a task's code for which something changes at a given time.
 *
 * @param kind what it is
 * @param remainingNanos the time left, in ns; zero or negative once the time has come
 */
public record TimedSection(Kind kind, long remainingNanos) {
    /** What a section is. */
    public enum Kind {
        DEADLINE,
        SHIELD
    }
}
