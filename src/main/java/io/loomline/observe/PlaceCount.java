package io.loomline.observe;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Counts the tasks of one place.
 *
 * <p><i>Threads:</i> one thread uses it.
 */
final class PlaceCount {
    private static final Duration SLOW = Duration.ofSeconds(10);
    private static final int MEDIAN = 50;
    private static final int NEARLY_ALL = 99;
    private static final int PERCENT = 100;

    private final String operation;
    private final @Nullable String site;
    private final Map<WaitBucket, Long> waits = new EnumMap<>(WaitBucket.class);
    private final Map<String, Long> networks = new HashMap<>();
    private final List<Duration> known = new ArrayList<>();
    private long tasks;
    private long slow;

    PlaceCount(String operation, @Nullable String site) {
        this.operation = operation;
        this.site = site;
    }

    void add(TreeNode task) {
        tasks++;
        Duration waited = task.waited();
        waits.merge(WaitBucket.of(waited), 1L, Long::sum);
        if (waited == null) return;
        known.add(waited);
        if (waited.compareTo(SLOW) < 0) return;
        slow++;
        Traffic traffic = task.traffic();
        String network = traffic == null ? null : PeerNetwork.of(traffic.peer());
        if (network != null) networks.merge(network, 1L, Long::sum);
    }

    /** The place, with its numbers multiplied. */
    Place scaled(double factor) {
        Collections.sort(known);
        waits.replaceAll((_, count) -> scale(count, factor));
        List<Place.Network> slowNetworks =
                networks.entrySet().stream()
                        .map(each ->
                                new Place.Network(each.getKey(), scale(each.getValue(), factor)))
                        .sorted(Place.Network.MOST_FIRST)
                        .toList();
        return new Place(
                operation,
                site,
                scale(tasks, factor),
                waits,
                percentile(MEDIAN),
                percentile(NEARLY_ALL),
                scale(slow, factor),
                slowNetworks);
    }

    private static long scale(long count, double factor) {
        return Math.round(count * factor);
    }

    /** The shortest wait that this part of the waits does not exceed; null without a wait. */
    private @Nullable Duration percentile(int percent) {
        if (known.isEmpty()) return null;
        return known.get(Math.ceilDiv(known.size() * percent, PERCENT) - 1);
    }
}
