package io.loomline.net.write;

import java.nio.ByteBuffer;
import java.util.IdentityHashMap;

/**
 * Refuses a buffer that occurs twice among the sources of a write: it has one position, so its
 * bytes could be sent only once.
 */
final class DistinctSources {
    /** Up to this number, comparing each pair is faster than a map. */
    private static final int FEW = 16;

    private DistinctSources() {}

    static void require(ByteBuffer[] sources) {
        if (sources.length <= FEW) requirePairs(sources);
        else requireByMap(sources);
    }

    private static void requirePairs(ByteBuffer[] sources) {
        for (int i = 1; i < sources.length; i++) {
            for (int j = 0; j < i; j++) {
                if (sources[i] == sources[j]) throw twice(j, i);
            }
        }
    }

    private static void requireByMap(ByteBuffer[] sources) {
        var seen = new IdentityHashMap<ByteBuffer, Integer>(sources.length);
        for (int i = 0; i < sources.length; i++) {
            Integer before = seen.putIfAbsent(sources[i], i);
            if (before != null) throw twice(before, i);
        }
    }

    private static IllegalArgumentException twice(int first, int second) {
        return new IllegalArgumentException(
                "buffers %d and %d are the same one: expected a duplicate() for the second"
                        .formatted(first, second));
    }
}
