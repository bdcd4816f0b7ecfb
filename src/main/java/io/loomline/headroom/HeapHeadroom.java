package io.loomline.headroom;

import com.sun.management.GarbageCollectorMXBean;
import com.sun.management.GcInfo;

import io.loomline.driver.ExhaustionException;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/**
 * Whether the heap has room for another client: an eighth of it is left to those who are served. A
 * heap that is full costs more than connections, because a virtual thread that cannot be unmounted
 * for want of memory holds its carrier.
 *
 * <p>Used memory is garbage in part, so what was left after the last collection counts. That is old
 * where nothing was allocated since: then one client a second comes in, until there is a
 * collection.
 *
 * <p><i>Threads:</i> any.
 */
public final class HeapHeadroom {
    private static final long UNCHANGED_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final List<GarbageCollectorMXBean> COLLECTORS =
            ManagementFactory.getPlatformMXBeans(GarbageCollectorMXBean.class);

    private static final Set<String> HEAP_POOLS =
            ManagementFactory.getMemoryPoolMXBeans().stream()
                    .filter(pool -> pool.getType() == MemoryType.HEAP)
                    .map(MemoryPoolMXBean::getName)
                    .collect(Collectors.toUnmodifiableSet());

    /** What is known of the heap. */
    interface Heap {
        long maxBytes();

        /** Without a look at what is garbage. */
        long usedBytes();

        /** How many collections there were. */
        long collections();

        long usedBytesAfterCollection();
    }

    private final Heap heap;
    private final LongSupplier nanoTime;

    // of several accept loops, which may overwrite each other's: then a client comes sooner or
    // later
    private volatile long collectionsSeen = -1;
    private volatile long seenNanos;

    HeapHeadroom() {
        this(new OfThisJvm(), System::nanoTime);
    }

    HeapHeadroom(Heap heap, LongSupplier nanoTime) {
        this.heap = heap;
        this.nanoTime = nanoTime;
    }

    /** Refuses to take a client, if those who are served need the memory more. */
    void requireForClient() throws ExhaustionException {
        long most = heap.maxBytes();
        long bound = most - most / 8;
        if (heap.usedBytes() <= bound) return;
        long left = heap.usedBytesAfterCollection();
        if (left <= bound || isOld(heap.collections())) return;
        throw new ExhaustionException(
                "%d of %d bytes of the heap are in use, an eighth is kept free"
                        .formatted(left, most),
                null);
    }

    private boolean isOld(long collections) {
        long now = nanoTime.getAsLong();
        boolean isNew = collections != collectionsSeen;
        boolean isOld = !isNew && now - seenNanos >= UNCHANGED_NANOS;
        if (isNew || isOld) {
            collectionsSeen = collections;
            seenNanos = now;
        }
        return isOld;
    }

    private static final class OfThisJvm implements Heap {
        @Override
        public long maxBytes() {
            return Runtime.getRuntime().maxMemory();
        }

        @Override
        public long usedBytes() {
            Runtime runtime = Runtime.getRuntime();
            return runtime.totalMemory() - runtime.freeMemory();
        }

        @Override
        public long collections() {
            long sum = 0;
            for (GarbageCollectorMXBean each : COLLECTORS) sum += each.getCollectionCount();
            return sum;
        }

        @Override
        public long usedBytesAfterCollection() {
            long latest = -1;
            long used = 0;
            for (GarbageCollectorMXBean each : COLLECTORS) {
                GcInfo last = each.getLastGcInfo();
                if (last == null || last.getEndTime() < latest) continue;
                latest = last.getEndTime();
                used = usedBytes(last);
            }
            return used;
        }

        private static long usedBytes(GcInfo after) {
            return after.getMemoryUsageAfterGc().entrySet().stream()
                    .filter(pool -> HEAP_POOLS.contains(pool.getKey()))
                    .mapToLong(pool -> pool.getValue().getUsed())
                    .sum();
        }
    }
}
