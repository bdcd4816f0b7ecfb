package io.loomline.net;

import io.loomline.task.Clock;

/**
 * What all connections of a network share: who sees to them from outside, at which time.
 *
 * @param clock the time that waits go by
 * @param flusher sends what they leave in their buffers
 * @param sweeper wakes those who wait too long
 */
record Upkeep(Clock clock, Flusher flusher, Sweeper sweeper) {
    static Upkeep by(Clock clock) {
        return new Upkeep(clock, new Flusher(clock), new Sweeper(clock));
    }
}
