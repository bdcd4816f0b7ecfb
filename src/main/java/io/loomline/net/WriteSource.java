package io.loomline.net;

import java.io.IOException;

/** What is to be sent. */
interface WriteSource {
    /** Hands over what the wire takes now; whether that was all. */
    boolean sendTo(GuardedChannel wire) throws IOException, InterruptedException;
}
