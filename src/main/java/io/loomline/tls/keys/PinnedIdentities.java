package io.loomline.tls.keys;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * The last identities of one supplier. Each has an alias of its own, because a provider asks for
 * the key and the chain of an alias one after the other, and a reload may come in between.
 */
final class PinnedIdentities {
    /** A handshake takes seconds at most, and files are read at most once a second. */
    private static final int MOST_KEPT = 32;

    private final String prefix;
    private final Supplier<Identity> supplier;

    /** The newest first. */
    private final AtomicReference<List<Pinned>> kept = new AtomicReference<>(List.of());

    /** An identity, its alias, which is never used for another, and its host names. */
    record Pinned(long version, String alias, Identity identity, List<String> hosts) {}

    PinnedIdentities(String prefix, Supplier<Identity> supplier) {
        this.prefix = prefix;
        this.supplier = supplier;
    }

    /** What the supplier has now. */
    Pinned current() {
        Identity identity = supplier.get();
        List<Pinned> now = kept.get();
        if (!now.isEmpty() && now.getFirst().identity() == identity) return now.getFirst();
        return kept.updateAndGet(before -> with(before, identity)).getFirst();
    }

    /** The same list if it has the identity as its newest, by value: suppliers may make copies. */
    private List<Pinned> with(List<Pinned> before, Identity identity) {
        if (!before.isEmpty() && before.getFirst().identity().equals(identity)) return before;
        long version = before.isEmpty() ? 0 : before.getFirst().version() + 1;
        List<Pinned> after = new ArrayList<>();
        after.add(new Pinned(version, prefix + version, identity, identity.names().hosts()));
        after.addAll(before.subList(0, Math.min(before.size(), MOST_KEPT - 1)));
        return List.copyOf(after);
    }

    @Nullable Identity find(String alias) {
        for (Pinned each : kept.get()) {
            if (each.alias().equals(alias)) return each.identity();
        }
        return null;
    }
}
