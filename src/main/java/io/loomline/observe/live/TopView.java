package io.loomline.observe.live;

import io.loomline.log.Json;
import io.loomline.observe.NodeKind;
import io.loomline.observe.TaskTree;
import io.loomline.observe.Traffic;
import io.loomline.observe.TreeNode;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The busiest or slowest tasks, and how fast their bytes move, from two snapshots.
 *
 * @param tasks how many tasks the second snapshot has
 * @param connections how many of them serve a connection
 * @param started how many of the tasks are not in the first snapshot
 * @param ended how many tasks of the first snapshot are not in the second
 * @param order what comes first
 * @param rows the first of the order
 */
record TopView(int tasks, int connections, int started, int ended, Order order, List<Row> rows) {
    private static final int MOST_ROWS = 25;

    /**
     * A task, and its bytes per second.
     *
     * @param task the task in the second snapshot
     */
    record Row(TreeNode task, long readRate, long writeRate) {
        private long rate() {
            return readRate + writeRate;
        }

        private Duration waited() {
            Duration waited = task.waited();
            return waited == null ? Duration.ZERO : waited;
        }

        private Duration age() {
            Duration age = task.age();
            return age == null ? Duration.ZERO : age;
        }
    }

    /** What comes first. */
    enum Order {
        WAIT,
        AGE,
        RATE,
        READ,
        WRITE;

        private Comparator<Row> leastFirst() {
            return switch (this) {
                case WAIT -> Comparator.comparing(Row::waited);
                case AGE -> Comparator.comparing(Row::age);
                case RATE -> Comparator.comparingLong(Row::rate);
                case READ -> Comparator.comparingLong(Row::readRate);
                case WRITE -> Comparator.comparingLong(Row::writeRate);
            };
        }
    }

    /** Compares two snapshots that were taken a time apart. */
    static TopView of(List<TaskTree> before, List<TaskTree> after, Duration apart, Order order) {
        Map<Long, TreeNode> earlier = new HashMap<>();
        tasks(before).forEach(task -> earlier.put(task.id(), task));
        List<TreeNode> present = tasks(after);
        int kept = (int) present.stream().filter(task -> earlier.containsKey(task.id())).count();
        List<Row> rows =
                present.stream()
                        .map(task -> row(task, earlier.get(task.id()), apart))
                        .sorted(
                                order.leastFirst()
                                        .reversed()
                                        .thenComparingLong(row -> row.task().id()))
                        .limit(MOST_ROWS)
                        .toList();
        int connections = (int) served(present);
        return new TopView(
                present.size(),
                connections,
                present.size() - kept,
                earlier.size() - kept,
                order,
                rows);
    }

    private static long served(List<TreeNode> tasks) {
        return tasks.stream().filter(task -> task.kind() == NodeKind.CONNECTION).count();
    }

    private static List<TreeNode> tasks(List<TaskTree> trees) {
        return trees.stream().flatMap(TaskTree::tasks).map(TreeNode::withoutChildren).toList();
    }

    private static Row row(TreeNode task, @Nullable TreeNode before, Duration apart) {
        Traffic traffic = task.traffic();
        if (traffic == null) return new Row(task, 0, 0);
        Traffic earlier = earlier(task, before, traffic);
        long read = traffic.bytesRead() - earlier.bytesRead();
        long written = traffic.bytesWritten() - earlier.bytesWritten();
        return new Row(task, rate(read, apart), rate(written, apart));
    }

    /** What the connection had transferred before; the present numbers if that is not known. */
    private static Traffic earlier(TreeNode task, @Nullable TreeNode before, Traffic present) {
        if (before == null && task.kind() == NodeKind.CONNECTION) {
            // it was accepted meanwhile
            return new Traffic(present.peer(), present.local(), 0, 0);
        }
        Traffic known = before == null ? null : before.traffic();
        // a task may wait for another client connection than before
        return known != null && isSame(known, present) ? known : present;
    }

    private static boolean isSame(Traffic one, Traffic other) {
        return one.peer().equals(other.peer()) && one.local().equals(other.local());
    }

    private static long rate(long bytes, Duration apart) {
        double seconds = (double) apart.toNanos() / TimeUnit.SECONDS.toNanos(1);
        return Math.round(Math.max(0, bytes) / seconds);
    }

    String toJson() {
        var json = new Json();
        json.beginObject()
                .member("tasks", tasks)
                .member("connections", connections)
                .member("started", started)
                .member("ended", ended);
        json.name("rows").beginArray();
        for (Row each : rows) {
            json.beginObject()
                    .member("readBytesPerSecond", each.readRate())
                    .member("writtenBytesPerSecond", each.writeRate());
            json.name("task").json(each.task().toJson()).endObject();
        }
        return json.endArray().endObject().toString();
    }

    @Override
    public String toString() {
        var table =
                new TaskTable(
                        "READ/S", "WRITE/S", "ID", "TASK", "STATE", "IN", "WAIT S", "AGE S", "AT",
                        "PEER");
        for (Row each : rows) {
            String[] cells = TaskTable.cellsOf(each.task());
            String[] all = new String[cells.length + 2];
            all[0] = Long.toString(each.readRate());
            all[1] = Long.toString(each.writeRate());
            System.arraycopy(cells, 0, all, 2, cells.length);
            table.add(all);
        }
        return String.format(
                        Locale.ROOT,
                        "%,d tasks, %,d with a connection; %,d started and %,d ended; by %s%n",
                        tasks,
                        connections,
                        started,
                        ended,
                        order.name().toLowerCase(Locale.ROOT))
                + table;
    }
}
