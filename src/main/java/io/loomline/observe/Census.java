package io.loomline.observe;

import io.loomline.log.Json;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the tasks of a runtime are in, counted by call and by line of user code, and those that have
 * been in the same place for longest: a leak shows here. It is immutable and keeps nothing of the
 * runtime alive.
 *
 * <pre>
 *   4,812 in Connection.readLine at Chat.java:41, p50 2.0 s, p99 38 s
 *   17 in Connection.write at Chat.java:52, p50 14 s, p99 21 s; 17 over 10 s, 9 of them to 10.2.0.0/16
 * </pre>
 *
 * @param takenAt when the snapshot was begun
 * @param tasks how many tasks there were
 * @param sampled how many of them were looked at; if fewer than all, an even sample, and the
 *     numbers of the places are estimates for all
 * @param places the calls and lines, those with the most tasks first
 * @param longest up to 10 waiting tasks: those that have waited for their peers for longest, then
 *     those that were created first
 */
public record Census(
        Instant takenAt, int tasks, int sampled, List<Place> places, List<TreeNode> longest) {
    private static final int MOST_LONGEST = 10;

    /** A census. The lists are copied. */
    public Census {
        places = List.copyOf(places);
        longest = List.copyOf(longest);
    }

    private static final Comparator<TreeNode> LONGEST_FIRST =
            Comparator.comparing(Census::waited).reversed().thenComparingLong(TreeNode::id);

    /** Not the file, which other classes may have too. */
    private record Key(
            String operation, @Nullable String className, @Nullable String method, int line) {
        static Key of(String operation, @Nullable StackTraceElement site) {
            if (site == null) return new Key(operation, null, null, 0);
            return new Key(
                    operation, site.getClassName(), site.getMethodName(), site.getLineNumber());
        }
    }

    /**
     * Counts the tasks of a snapshot. Tasks whose stacks it does not have are not counted by place.
     *
     * @param tree the snapshot
     * @return the census
     */
    public static Census of(TaskTree tree) {
        List<TreeNode> tasks = tree.tasks().toList();
        Map<Key, PlaceCount> counts = new LinkedHashMap<>();
        int sampled = 0;
        for (TreeNode task : tasks) {
            String operation = task.operation();
            if (operation == null) continue;
            sampled++;
            StackTraceElement site = task.site();
            counts.computeIfAbsent(Key.of(operation, site), _ -> new PlaceCount(operation, site))
                    .add(task);
        }
        Set<String> ambiguous = ambiguous(counts.values());
        double factor = sampled == 0 ? 1 : (double) tasks.size() / sampled;
        List<Place> places =
                counts.values().stream()
                        .map(each -> each.scaled(factor, ambiguous))
                        .sorted(Comparator.comparingLong(Place::tasks).reversed())
                        .toList();
        return new Census(tree.takenAt(), tasks.size(), sampled, places, longest(tasks));
    }

    /** The texts that stand for several lines of code. */
    private static Set<String> ambiguous(Collection<PlaceCount> places) {
        Map<String, String> seen = new HashMap<>();
        Set<String> ambiguous = new HashSet<>();
        for (PlaceCount each : places) {
            StackTraceElement site = each.site();
            if (site == null) continue;
            String text = CodeSite.of(site);
            String full = CodeSite.full(site);
            if (!full.equals(seen.getOrDefault(text, full))) ambiguous.add(text);
            seen.put(text, full);
        }
        return ambiguous;
    }

    private static List<TreeNode> longest(List<TreeNode> tasks) {
        return tasks.stream()
                .filter(task -> task.state() == NodeState.WAITING)
                .sorted(LONGEST_FIRST)
                .limit(MOST_LONGEST)
                .map(TreeNode::withoutChildren)
                .toList();
    }

    private static Duration waited(TreeNode task) {
        Duration waited = task.waited();
        return waited == null ? Duration.ZERO : waited;
    }

    /**
     * The census as JSON, in one line of ASCII. Times are in seconds, unknown values are left out.
     *
     * @return a JSON object
     */
    public String toJson() {
        var json = new Json();
        json.beginObject()
                .member("takenAt", takenAt)
                .member("tasks", tasks)
                .member("sampled", sampled);
        json.name("places").beginArray();
        for (Place each : places) each.writeTo(json);
        json.endArray().name("longest").beginArray();
        for (TreeNode each : longest) each.writeTo(json);
        return json.endArray().endObject().toString();
    }

    /** One line for each place, then those that have waited for longest. */
    @Override
    public String toString() {
        String newLine = System.lineSeparator();
        var text = new StringBuilder(Place.count(tasks)).append(" tasks");
        if (sampled < tasks) text.append(", estimated from ").append(Place.count(sampled));
        text.append(newLine);
        for (Place each : places) text.append(each).append(newLine);
        if (!longest.isEmpty()) text.append("waiting for longest:").append(newLine);
        for (TreeNode each : longest) text.append("  ").append(each.line()).append(newLine);
        return text.toString();
    }
}
