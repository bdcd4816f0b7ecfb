package io.loomline.driver;

import java.time.Duration;

/**
 * When the kernel probes a silent peer.
 *
 * @param idle how long the peer may be silent before the first probe: TCP_KEEPIDLE; zero keeps the
 *     kernel's default
 * @param interval the time between two probes: TCP_KEEPINTVL; zero keeps the kernel's default
 * @param count how many probes may stay unanswered: TCP_KEEPCNT; 0 keeps the kernel's default
 */
public record KeepAliveProbes(Duration idle, Duration interval, int count) {
    /** The kernel's defaults. */
    public static final KeepAliveProbes DEFAULT =
            new KeepAliveProbes(Duration.ZERO, Duration.ZERO, 0);
}
