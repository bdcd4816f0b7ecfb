package io.loomline.net;

import io.loomline.task.Clock;

/**
 * What all connections of a network share: who sees to them from outside, at which time.
 *
 * @param clock the time that waits go by
 * @param flusher sends what they leave in their buffers
 * @param sweeper wakes those who wait too long
 */
record Connections(Clock clock, AutoFlusher flusher, TimeoutSweeper sweeper) {
    static Connections by(Clock clock) {
        return new Connections(clock, new AutoFlusher(clock), new TimeoutSweeper(clock));
    }
}
