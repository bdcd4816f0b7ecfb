package io.loomline.observe;

import io.loomline.log.Json;
import io.loomline.log.LogText;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * The tasks that are in the same call of the same line.
 *
 * @param operation the call, as in {@link TreeNode#operation}
 * @param site the line of user code, such as {@code Chat.java:41}; null if there is none
 * @param tasks how many tasks; if the census is a sample, an estimate for all
 * @param waits how many of them have waited for their peers for how long; without empty buckets
 * @param p50 the median of the known waits; null if none is known
 * @param p99 the 99th percentile of the known waits; null if none is known
 * @param oldest the largest age of them; null if none is known
 * @param slow how many have waited for at least 10 s
 * @param slowNetworks how many of the slow ones have their peer in which network, the most first: a
 *     {@code /16} of IPv4, a {@code /32} of IPv6
 */
public record Place(
        String operation,
        @Nullable String site,
        long tasks,
        Map<WaitBucket, Long> waits,
        @Nullable Duration p50,
        @Nullable Duration p99,
        @Nullable Duration oldest,
        long slow,
        List<Network> slowNetworks) {
    private static final int MOST_NETWORKS = 3;

    /** A place. The collections are copied. */
    public Place {
        Objects.requireNonNull(operation, "operation");
        waits = Map.copyOf(waits);
        slowNetworks = List.copyOf(slowNetworks);
    }

    /**
     * A network with slow peers.
     *
     * @param network such as {@code 10.2.0.0/16}
     * @param connections how many slow connections have their peer in it
     */
    public record Network(String network, long connections) {
        static final Comparator<Network> MOST_FIRST =
                Comparator.comparingLong(Network::connections)
                        .reversed()
                        .thenComparing(Network::network);

        /** Such as {@code 9 of them to 10.2.0.0/16}. */
        @Override
        public String toString() {
            return count(connections) + " of them to " + network;
        }
    }

    static String count(long n) {
        return String.format(Locale.ROOT, "%,d", n);
    }

    void writeTo(Json json) {
        json.beginObject()
                .member("operation", operation)
                .member("site", site)
                .member("tasks", tasks)
                .member("p50Seconds", p50)
                .member("p99Seconds", p99)
                .member("oldestSeconds", oldest)
                .member("slow", slow);
        json.name("waits").beginObject();
        for (WaitBucket each : WaitBucket.values()) {
            json.member(TreeNode.lower(each), waits.get(each));
        }
        json.endObject().name("slowNetworks").beginArray();
        for (Network each : slowNetworks) {
            json.beginObject()
                    .member("network", each.network())
                    .member("connections", each.connections())
                    .endObject();
        }
        json.endArray().endObject();
    }

    /** Such as {@code 4,812 in Connection.readLine at Chat.java:41, p50 2.0 s, p99 38 s}. */
    @Override
    public String toString() {
        var line = new StringBuilder(count(tasks));
        line.append(operation.equals("running") ? " " : " in ").append(LogText.of(operation));
        if (site != null) line.append(" at ").append(LogText.of(site));
        if (p50 != null) line.append(", p50 ").append(DurationText.of(p50));
        if (p99 != null) line.append(", p99 ").append(DurationText.of(p99));
        if (p99 == null && oldest != null && site != null) {
            line.append(", oldest ").append(DurationText.of(oldest));
        }
        if (slow > 0) line.append("; ").append(count(slow)).append(" over 10 s");
        slowNetworks.stream().limit(MOST_NETWORKS).forEach(each -> line.append(", ").append(each));
        return line.toString();
    }
}
