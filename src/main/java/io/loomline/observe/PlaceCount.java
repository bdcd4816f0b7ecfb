package io.loomline.observe;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Counts the tasks of one place.
 *
 * <p><i>Threads:</i> one thread uses it.
 */
final class PlaceCount {
    private static final Duration SLOW = Duration.ofSeconds(10);
    private static final int MEDIAN = 50;
    private static final int NEARLY_ALL = 99;

    private final String operation;
    private final @Nullable StackTraceElement site;
    private final Map<WaitBucket, Long> waits = new EnumMap<>(WaitBucket.class);
    private final Map<String, Long> networks = new HashMap<>();
    private final List<Duration> known = new ArrayList<>();
    private @Nullable Duration oldest;
    private long tasks;
    private long slow;

    PlaceCount(String operation, @Nullable StackTraceElement site) {
        this.operation = operation;
        this.site = site;
    }

    void add(TreeNode task) {
        tasks++;
        Duration age = task.age();
        if (age != null && (oldest == null || age.compareTo(oldest) > 0)) oldest = age;
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

    @Nullable StackTraceElement site() {
        return site;
    }

    /**
     * The place, with its numbers multiplied.
     *
     * @param ambiguous the sites that need the class and the method
     */
    Place scaled(double factor, Set<String> ambiguous) {
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
                text(ambiguous),
                scale(tasks, factor),
                waits,
                NearestRank.of(known, MEDIAN),
                NearestRank.of(known, NEARLY_ALL),
                oldest,
                scale(slow, factor),
                slowNetworks);
    }

    private @Nullable String text(Set<String> ambiguous) {
        if (site == null) return null;
        String text = CodeSite.of(site);
        return ambiguous.contains(text) ? CodeSite.full(site) : text;
    }

    private static long scale(long count, double factor) {
        return Math.round(count * factor);
    }
}
