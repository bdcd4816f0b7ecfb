package io.loomline.observe;

import io.loomline.log.Json;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A snapshot of all that a runtime runs: groups, servers, tasks, connections, deadlines. It is
 * immutable and keeps nothing of the runtime alive.
 *
 * <p>No task is stopped for it, so it is no cut at one instant: what starts or ends meanwhile may
 * be missing, and the values of a node are read one after the other. Each node is in it once.
 *
 * <p>A connection that was made with {@code Runtime.connect} belongs to no task. While a task waits
 * for its peer, the task has the peer and the bytes. Otherwise the connection has a {@linkplain
 * NodeKind#CLIENT node} below the runtime, without a task.
 *
 * @param takenAt when the snapshot was begun
 * @param root the runtime
 */
public record TaskTree(Instant takenAt, TreeNode root) {
    private static final int MOST_PERCENT = 100;

    /** A snapshot. */
    public TaskTree {
        Objects.requireNonNull(takenAt, "takenAt");
        Objects.requireNonNull(root, "root");
    }

    /**
     * All nodes, each before its children.
     *
     * @return the nodes
     */
    public Stream<TreeNode> stream() {
        return root.stream();
    }

    /**
     * All tasks, with a connection or without.
     *
     * @return their nodes
     */
    public Stream<TreeNode> tasks() {
        return stream().filter(TreeNode::isTask);
    }

    /**
     * For how long the tasks that wait for their peers have been waiting, as a percentile: the
     * shortest wait that this part of the waits does not exceed.
     *
     * @param percent 1 to 100; 50 for the median
     * @return the wait; zero if no task waits for its peer
     * @throws IllegalArgumentException if the percentage is out of range
     */
    public Duration waited(int percent) {
        if (percent < 1 || percent > MOST_PERCENT) {
            throw new IllegalArgumentException("percent " + percent + ": expected 1 to 100");
        }
        List<Duration> waits =
                tasks().map(TreeNode::waited).filter(Objects::nonNull).sorted().toList();
        return Objects.requireNonNullElse(NearestRank.of(waits, percent), Duration.ZERO);
    }

    /**
     * The snapshot as JSON, in one line of ASCII: {@code {"takenAt":"...","root":{...}}}.
     *
     * @return a JSON object
     * @see TreeNode#toJson
     */
    public String toJson() {
        var json = new Json();
        json.beginObject().member("takenAt", takenAt).name("root");
        root.writeTo(json);
        return json.endObject().toString();
    }

    /** The tree as text, one line for each node, indented. */
    @Override
    public String toString() {
        return root.toString();
    }
}
