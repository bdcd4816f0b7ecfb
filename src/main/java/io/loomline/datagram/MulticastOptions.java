package io.loomline.datagram;

import org.jspecify.annotations.Nullable;

import java.net.NetworkInterface;
import java.util.Objects;

/**
 * How an endpoint sends to multicast groups. To receive from a group, it needs {@link
 * DatagramEndpoint#join} only.
 *
 * <p><i>Source:</i> <a
 * href="https://man7.org/linux/man-pages/man2/IP_MULTICAST_TTL.2const.html">IP_MULTICAST_TTL(2const)</a>:
 * "The default is 1 which means that multicast packets don't leave the local network unless the
 * user program explicitly requests it."
 *
 * @param through the interface that packets leave through; null for the one that the system chooses
 * @param timeToLive how many networks a packet may pass, 0 to 255: 0 keeps it on this machine, 1 on
 *     the local network
 * @param loopback whether endpoints on this machine, this one included, receive the packets as well
 */
public record MulticastOptions(
        @Nullable NetworkInterface through, int timeToLive, boolean loopback) {
    private static final int LONGEST_TIME_TO_LIVE = 255;

    /** The system's interface, the local network, and this machine as well. */
    public static final MulticastOptions DEFAULT = new MulticastOptions(null, 1, true);

    /**
     * Checks the options.
     *
     * @throws IllegalArgumentException if {@code timeToLive} is not 0 to 255
     */
    public MulticastOptions {
        if (timeToLive < 0 || timeToLive > LONGEST_TIME_TO_LIVE) {
            throw new IllegalArgumentException(
                    "timeToLive " + timeToLive + ": expected 0 to " + LONGEST_TIME_TO_LIVE);
        }
    }

    /**
     * A copy that sends through an interface.
     *
     * @param through the interface that packets leave through
     * @return the copy
     */
    public MulticastOptions withInterface(NetworkInterface through) {
        Objects.requireNonNull(through, "through");
        return new MulticastOptions(through, timeToLive, loopback);
    }

    /**
     * A copy with another time to live.
     *
     * @param timeToLive how many networks a packet may pass, 0 to 255
     * @return the copy
     */
    public MulticastOptions withTimeToLive(int timeToLive) {
        return new MulticastOptions(through, timeToLive, loopback);
    }

    /**
     * A copy with the loopback on or off. The packets that leave through the loopback interface
     * itself arrive in either case.
     *
     * @param loopback whether endpoints on this machine receive the packets as well
     * @return the copy
     */
    public MulticastOptions withLoopback(boolean loopback) {
        return new MulticastOptions(through, timeToLive, loopback);
    }
}
