package io.loomline.driver.epoll;

import org.jspecify.annotations.Nullable;

import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The keys of a loop, each at its descriptor's number: the kernel gives out the lowest one that is
 * free. An id is that number and, above it, how many ids there were. So it is another one when the
 * number is used again, unless four billion others came between, and no event is so late.
 */
final class KeyTable<K extends KeyTable.Identified> {
    /** What is found by its id. */
    interface Identified {
        /** What {@link #newId} gave for its descriptor's number. */
        long id();
    }

    private static final int BLOCK_KEYS = 1024;

    private final AtomicInteger ids = new AtomicInteger();

    /** Neighbours are in one block, which is made for the first of them and stays. */
    private final ConcurrentHashMap<Integer, AtomicReferenceArray<@Nullable K>> blocks =
            new ConcurrentHashMap<>();

    /** What events name a descriptor by from now on. */
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

    /** The key that has the id, if it is still there. */
    @Nullable K get(long id) {
        int number = number(id);
        var block = blocks.get(number / BLOCK_KEYS);
        K key = block == null ? null : block.get(number % BLOCK_KEYS);
        return key == null || key.id() != id ? null : key;
    }

    /** Leaves alone the one that has come in its place, once the kernel had the number back. */
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
