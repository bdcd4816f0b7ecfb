package io.loomline.driver.epoll;

import org.jspecify.annotations.Nullable;

import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The keys of a loop, indexed by the numbers of their descriptors. These are small, because the
 * kernel assigns the lowest free number. An id consists of that number in the low half and a count
 * of ids in the high half. So a reused number has another id, until the count overflows after four
 * billion ids, by which time no event of the earlier descriptor is pending.
 *
 * <p><i>Source:</i> <a href="https://man7.org/linux/man-pages/man7/epoll.7.html">epoll(7)</a>: "If
 * you remove the structure and close(2) the file descriptor for event #13, then your event cache
 * might still say there are events waiting for that file descriptor causing confusion."
 */
final class KeyTable<K extends KeyTable.Identified> {
    /** An entry of the table. */
    interface Identified {
        /** The result of {@link #newId} for the number of the entry's descriptor. */
        long id();
    }

    private static final int BLOCK_KEYS = 1024;

    private final AtomicInteger ids = new AtomicInteger();

    /** Each block holds the keys of neighbouring numbers and is never removed. */
    private final ConcurrentHashMap<Integer, AtomicReferenceArray<@Nullable K>> blocks =
            new ConcurrentHashMap<>();

    /** Returns a new id for the descriptor with the given number. */
    long newId(int number) {
        return (long) ids.incrementAndGet() << Integer.SIZE | number;
    }

    private static int number(long id) {
        return (int) id;
    }

    void add(K key) {
        int number = number(key.id());
        blocks.computeIfAbsent(number / BLOCK_KEYS, _ -> new AtomicReferenceArray<>(BLOCK_KEYS))
                .set(number % BLOCK_KEYS, key);
    }

    /** Returns the key with the id; null if it was removed. */
    @Nullable K get(long id) {
        int number = number(id);
        var block = blocks.get(number / BLOCK_KEYS);
        K key = block == null ? null : block.get(number % BLOCK_KEYS);
        return key == null || key.id() != id ? null : key;
    }

    /** Removes a key, unless another one has replaced it because its number was reused. */
    void remove(K key) {
        int number = number(key.id());
        var block = blocks.get(number / BLOCK_KEYS);
        if (block != null) block.compareAndSet(number % BLOCK_KEYS, key, null);
    }

    Stream<K> all() {
        return blocks.values().stream()
                .flatMap(block -> IntStream.range(0, BLOCK_KEYS).mapToObj(block::get))
                .filter(Objects::nonNull);
    }
}
