package io.loomline.headroom;

import com.sun.management.UnixOperatingSystemMXBean;

import io.loomline.driver.ExhaustionException;

import org.jspecify.annotations.Nullable;

import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the servers of a network leave of the process's descriptors, and of the heap: a handler may
 * need some of its own, such as a proxy for the other side, and if all were taken by clients none
 * of them could be served.
 *
 * <p>To count the open descriptors takes longer the more there are, so they are counted anew only
 * when half of what was free may have been taken since.
 */
public final class DescriptorHeadroom {
    /** Of so many descriptors the servers leave one. */
    private static final int SHARE = 16;

    private static final int LEAST_KEPT = 4;
    private static final int MOST_KEPT = 64;

    private static final @Nullable UnixOperatingSystemMXBean SYSTEM = system();

    public static final DescriptorHeadroom OF_THIS_PROCESS = new DescriptorHeadroom();

    /** How many may be taken before they are counted again; others may have taken some, too. */
    private final AtomicLong uncounted = new AtomicLong();

    private final HeapHeadroom heap = new HeapHeadroom();

    /** How many connections the servers have. */
    private final AtomicInteger served = new AtomicInteger();

    /** How many connects wait for a descriptor. */
    private final AtomicInteger connecting = new AtomicInteger();

    private DescriptorHeadroom() {}

    private static @Nullable UnixOperatingSystemMXBean system() {
        OperatingSystemMXBean system = ManagementFactory.getOperatingSystemMXBean();
        return system instanceof UnixOperatingSystemMXBean unix ? unix : null;
    }

    /** Refuses to take a client, if others need its descriptor and its memory more. */
    public void requireForClient() throws ExhaustionException {
        if (isServing()) heap.requireForClient();
        if (connecting.get() > 0) {
            throw new ExhaustionException(
                    "connections that are being made wait for a descriptor", null);
        }
        if (uncounted.getAndDecrement() > 0 || SYSTEM == null) return;
        long most = SYSTEM.getMaxFileDescriptorCount();
        long kept = Math.clamp(most / SHARE, LEAST_KEPT, MOST_KEPT);
        long used = used(SYSTEM, most);
        long free = most - used - kept;
        uncounted.set(free / 2);
        if (free > 0 || served.get() == 0) return;
        throw new ExhaustionException(
                used + " of " + most + " descriptors are in use, " + kept + " are kept free", null);
    }

    private static long used(UnixOperatingSystemMXBean system, long most) {
        try {
            return system.getOpenFileDescriptorCount();
        } catch (InternalError e) { // to count them takes one, and there is none
            return most;
        }
    }

    /** A connection is being made. */
    public void takeToConnect() {
        uncounted.decrementAndGet();
    }

    /** A connect waits for a descriptor from now on: servers leave it the next one. */
    public void beginWaiting() {
        connecting.incrementAndGet();
    }

    public void endWaiting() {
        connecting.decrementAndGet();
    }

    /** A server has another connection. */
    public void enter() {
        served.incrementAndGet();
    }

    public void leave() {
        served.decrementAndGet();
    }

    /** Whether there are connections that may end, and so free descriptors. */
    public boolean isServing() {
        return served.get() > 0;
    }
}
