package io.loomline.headroom;

import com.sun.management.UnixOperatingSystemMXBean;

import io.loomline.driver.ExhaustionException;

import org.jspecify.annotations.Nullable;

import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The descriptors of the process that servers keep free. A handler may need descriptors of its own,
 * such as a proxy that connects to another server; if clients took all of them, no client could be
 * served. Servers also keep a part of the heap free: {@link HeapHeadroom}.
 *
 * <p>The cost of counting the open descriptors grows with their number. Therefore they are counted
 * again only after half of the free ones may have been taken.
 *
 * <p><i>Threads:</i> any.
 */
public final class DescriptorHeadroom {
    /** One descriptor in this many is kept free, within the bounds below. */
    private static final int KEPT_FRACTION = 16;

    private static final int LEAST_KEPT = 4;
    private static final int MOST_KEPT = 64;

    private static final @Nullable UnixOperatingSystemMXBean SYSTEM = system();

    public static final DescriptorHeadroom OF_THIS_PROCESS = new DescriptorHeadroom();

    /** The number of descriptors that may be taken before the next count. */
    private final AtomicLong uncounted = new AtomicLong();

    private final HeapHeadroom heap = new HeapHeadroom();

    /** The number of connections of all servers. */
    private final AtomicInteger served = new AtomicInteger();

    /** How many descriptors these connections need; they may not have opened all of them yet. */
    private final AtomicLong promised = new AtomicLong();

    /** How many descriptors were open at the last count without connections. */
    private volatile long openWithoutConnections;

    /** The number of connects that wait for a descriptor. */
    private final AtomicInteger connecting = new AtomicInteger();

    private DescriptorHeadroom() {}

    private static @Nullable UnixOperatingSystemMXBean system() {
        OperatingSystemMXBean system = ManagementFactory.getOperatingSystemMXBean();
        return system instanceof UnixOperatingSystemMXBean unix ? unix : null;
    }

    /**
     * Must be called before each accept.
     *
     * @throws ExhaustionException if too little heap is free
     */
    public void requireHeapForClient() throws ExhaustionException {
        if (isServing()) heap.requireForClient();
    }

    /**
     * Must be called before each accept.
     *
     * @param descriptors how many the connection needs, its own included
     * @throws ExhaustionException if too few are free
     */
    public void requireForClient(int descriptors) throws ExhaustionException {
        int waiting = connecting.get();
        if (waiting > 0) {
            throw new ExhaustionException("connects wait for a descriptor: " + waiting, null);
        }
        if (uncounted.getAndAdd(-descriptors) >= descriptors || SYSTEM == null) return;
        long limit = SYSTEM.getMaxFileDescriptorCount();
        long kept = Math.clamp(limit / KEPT_FRACTION, LEAST_KEPT, MOST_KEPT);
        long used = used(SYSTEM, limit);
        if (!isServing()) openWithoutConnections = used;
        long needed = Math.max(used, openWithoutConnections + promised.get());
        long free = limit - needed - kept;
        uncounted.set(free / 2);
        if (free >= descriptors || !isServing()) return;
        throw new ExhaustionException(
                "%d of %d descriptors are in use or needed by connections: expected at least %d free"
                        .formatted(needed, limit, kept + descriptors),
                null);
    }

    private static long used(UnixOperatingSystemMXBean system, long limit) {
        try {
            return system.getOpenFileDescriptorCount();
        } catch (InternalError e) { // counting takes a descriptor, and none is free
            return limit;
        }
    }

    /** Called when a connect takes a descriptor. */
    public void takeToConnect() {
        uncounted.decrementAndGet();
    }

    /**
     * Called when a connect begins to wait for a descriptor. No server accepts until it has one.
     */
    public void beginWaiting() {
        connecting.incrementAndGet();
    }

    public void endWaiting() {
        connecting.decrementAndGet();
    }

    /**
     * Called when a server has accepted a connection.
     *
     * @param descriptors how many the connection needs
     */
    public void enter(int descriptors) {
        served.incrementAndGet();
        promised.addAndGet(descriptors);
    }

    /**
     * Called when a connection of a server has ended.
     *
     * @param descriptors the number passed to {@link #enter}
     */
    public void leave(int descriptors) {
        served.decrementAndGet();
        promised.addAndGet(-descriptors);
    }

    /** Whether servers have connections, which free descriptors when they end. */
    public boolean isServing() {
        return served.get() > 0;
    }
}
