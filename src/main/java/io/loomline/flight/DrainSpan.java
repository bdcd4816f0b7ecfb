package io.loomline.flight;

import java.time.Duration;

/** A shutdown of a server. */
public interface DrainSpan {
    /** Ends and records the event. Never throws. */
    void end(Duration grace, int notified, int finished, int cancelled, int aborted);
}
