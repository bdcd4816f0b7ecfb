package io.loomline.headroom;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The bytes that all connections of this JVM hold while their tasks wait for peers: incomplete
 * input and unsent output. Peers control the amount, so it is bounded. A connection that would
 * exceed the bound fails, because a JVM without memory can serve no connection: a virtual thread
 * that cannot be unmounted for lack of memory occupies its carrier.
 *
 * <p><i>Threads:</i> any.
 */
public final class HeldBytes {
    /** Bounded by half of the heap. The tasks and all other code need the rest. */
    public static final HeldBytes OF_THIS_JVM = new HeldBytes(Runtime.getRuntime().maxMemory() / 2);

    private final long limitBytes;
    private final AtomicLong bytes = new AtomicLong();

    HeldBytes(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    /**
     * Adds the bytes of one connection, until {@link #release}.
     *
     * @throws IOException if the sum would exceed the bound; nothing is added then
     */
    public void hold(int held, SocketAddress peer) throws IOException {
        if (bytes.addAndGet(held) <= limitBytes) return;
        bytes.addAndGet(-held);
        throw new IOException(
                "the connection to %s has %d bytes waiting, which makes more than %d, half of the heap, in all connections"
                        .formatted(peer, held, limitBytes));
    }

    public void release(int held) {
        bytes.addAndGet(-held);
    }
}
