package io.loomline.server.admission;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The origins of one kind, addresses or subnets, that have connections or have connected recently.
 * An attacker who uses many addresses cannot fill the memory: of the origins without connections,
 * only the last ones are kept. Guarded by the lock of {@link Origins}.
 */
final class OriginTable {
    /** How many outdated origins a connect removes at most. */
    private static final int MOST_REMOVED = 4;

    private final int mostRecent;

    private final Map<OriginKey, Origin> present = new HashMap<>();

    /** Those without connections whose connects still count, with the oldest first. */
    private final Map<OriginKey, Origin> recent = new LinkedHashMap<>();

    private Quota quota = new Quota(Integer.MAX_VALUE, Integer.MAX_VALUE, Duration.ZERO);

    OriginTable(int mostRecent) {
        this.mostRecent = mostRecent;
    }

    void limit(Quota quota, long nowNanos) {
        if (!quota.hasRateOf(this.quota)) { // the connects so far were measured by another period
            recent.clear();
            present.values().forEach(each -> each.forgetConnects(nowNanos));
        }
        this.quota = quota;
    }

    boolean isLimited() {
        return quota.limitsConnections() || quota.limitsConnects();
    }

    boolean hasRoom(OriginKey key) {
        Origin origin = present.get(key);
        return origin == null || origin.connections < quota.connections();
    }

    boolean mayConnect(OriginKey key, long nowNanos) {
        Origin origin = find(key);
        return origin == null || origin.mayConnect(quota, nowNanos);
    }

    private @Nullable Origin find(OriginKey key) {
        Origin origin = present.get(key);
        return origin == null ? recent.get(key) : origin;
    }

    Origin enter(OriginKey key, long nowNanos) {
        removeOutdated(nowNanos);
        Origin origin = find(key);
        if (origin == null) origin = new Origin(key, nowNanos);
        present.put(key, origin); // first: it may fail for lack of memory
        recent.remove(key);
        origin.connections++;
        return origin;
    }

    /** Counts a connect for the rate. */
    void connected(Origin origin, long nowNanos) {
        origin.connected(quota, nowNanos);
    }

    void leave(Origin origin, long nowNanos) {
        if (--origin.connections > 0) return;
        present.remove(origin.key);
        if (!origin.isRecent(nowNanos)) return;
        recent.put(origin.key, origin);
        if (recent.size() > mostRecent) removeOldest();
    }

    private void removeOldest() {
        Iterator<Origin> oldest = recent.values().iterator();
        oldest.next();
        oldest.remove();
    }

    private void removeOutdated(long nowNanos) {
        Iterator<Origin> oldest = recent.values().iterator();
        for (int i = 0; i < MOST_REMOVED && oldest.hasNext(); i++) {
            if (oldest.next().isRecent(nowNanos)) return;
            oldest.remove();
        }
    }

    int size() {
        return present.size() + recent.size();
    }

    int connections() {
        return present.values().stream().mapToInt(each -> each.connections).sum();
    }
}
