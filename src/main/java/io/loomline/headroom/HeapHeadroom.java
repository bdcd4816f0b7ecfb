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
 * The part of the heap that servers keep free for connections in progress: an eighth. A full heap
 * does more harm than failing connections, because a virtual thread that cannot be unmounted for
 * lack of memory occupies its carrier.
 *
 * <p>A part of the used memory is garbage, so the memory in use after the last collection decides.
 * After a second without a collection that value may be outdated: then one client a second is
 * accepted until the next collection.
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

    /** Measurements of the heap. */
    interface Heap {
        long maxBytes();

        /** Includes garbage. */
        long usedBytes();

        /** The number of collections so far. */
        long collections();

        long usedBytesAfterCollection();
    }

    private final Heap heap;
    private final LongSupplier nanoTime;

    // written by all accept loops without a lock: a lost write only shifts an accept
    private volatile long collectionsSeen = -1;
    private volatile long seenNanos;

    HeapHeadroom() {
        this(new OfThisJvm(), System::nanoTime);
    }

    HeapHeadroom(Heap heap, LongSupplier nanoTime) {
        this.heap = heap;
        this.nanoTime = nanoTime;
    }

    /** Throws if less than an eighth of the heap is free. */
    void requireForClient() throws ExhaustionException {
        long limit = heap.maxBytes();
        long bound = limit - limit / 8;
        if (heap.usedBytes() <= bound) return;
        long used = heap.usedBytesAfterCollection();
        if (used <= bound || isOld(heap.collections())) return;
        throw new ExhaustionException(
                "%d of %d bytes of the heap are in use: expected an eighth free"
                        .formatted(used, limit),
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
