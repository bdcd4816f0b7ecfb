package io.loomline.headroom;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What all connections of this JVM hold while their tasks wait for peers: input that is not
 * complete and output that is not sent. Strangers decide how much that is, so it has a bound. The
 * connection that would pass it fails, because a JVM without memory can serve nobody: a virtual
 * thread that cannot be unmounted for want of memory holds its carrier.
 */
public final class HeldBytes {
    /** Half of the heap; the rest is for the tasks and for those who run. */
    public static final HeldBytes OF_THIS_JVM = new HeldBytes(Runtime.getRuntime().maxMemory() / 2);

    private final long mostBytes;
    private final AtomicLong bytes = new AtomicLong();

    HeldBytes(long mostBytes) {
        this.mostBytes = mostBytes;
    }

    /**
     * Counts what a connection holds from now on, until {@link #release}.
     *
     * @throws IOException if that is too much, with what the others hold; nothing is counted then
     */
    public void hold(int held, SocketAddress peer) throws IOException {
        if (bytes.addAndGet(held) <= mostBytes) return;
        bytes.addAndGet(-held);
        throw new IOException(
                "the connection to %s has %d bytes waiting, and all together more than %d: half of the heap"
                        .formatted(peer, held, mostBytes));
    }

    public void release(int held) {
        bytes.addAndGet(-held);
    }
}
