package io.loomline.net;

import java.io.IOException;

/** What is to be sent. */
interface Sending {
    /** Hands over what the wire takes now; whether that was all. */
    boolean sendTo(Wire wire) throws IOException, InterruptedException;
}
