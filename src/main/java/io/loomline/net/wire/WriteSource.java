package io.loomline.net.wire;

import java.io.IOException;

/** What is to be sent. */
public interface WriteSource {
    /** Hands over what the wire takes now; whether that was all. */
    boolean sendTo(GuardedChannel wire) throws IOException, InterruptedException;
}
