package io.loomline.faults;

import io.loomline.net.Connection;
import io.loomline.probe.Child;
import io.loomline.probe.Eventually;
import io.loomline.task.Task;

import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;

/**
 * Stops a {@link StoppedPeer} that is being written to, for longer than the limit of some writes.
 */
final class StoppedPeerTrial {
    private static final Duration STOP = Duration.ofSeconds(5);
    private static final Duration SHORT = Duration.ofSeconds(3);
    private static final Duration LONG = Duration.ofSeconds(20);

    /**
     * The kernel takes some more when it merges what it sends again, and each time the limit starts
     * again: tcp_retransmit.
     */
    private static final Duration CUT_WITHIN = SHORT.multipliedBy(4);

    /** How the writes of each connection have ended, by the line that the peer has sent. */
    private final Map<String, End> ends = new ConcurrentHashMap<>();

    /** Whether the peer goes on. */
    private volatile boolean over;

    /** The end of the writes of a connection. */
    private record End(String how, long writtenBytes, long nanos) {}

    private StoppedPeerTrial() {}

    static void run(Trial trial) throws Exception {
        new StoppedPeerTrial().stop(trial);
    }

    private static String line(StalledWrite write, Duration limit) {
        return write + " " + limit;
    }

    private static List<String> lines(Duration limit) {
        List<String> lines = new ArrayList<>();
        for (StalledWrite each : StalledWrite.values()) lines.add(line(each, limit));
        return lines;
    }

    private void stop(Trial trial) throws Exception {
        List<String> cut = lines(SHORT);
        List<String> kept = lines(LONG);
        Map<String, String> read = new ConcurrentHashMap<>();
        List<String> arguments = new ArrayList<>();
        try (Stage stage = Stage.open(this::write)) {
            arguments.add("" + stage.port());
            arguments.addAll(cut);
            arguments.addAll(kept);
            try (Child peer =
                    Child.start(StoppedPeer.class, List.of(), arguments.toArray(String[]::new))) {
                peer.await("reading");
                long stopped = System.nanoTime();
                peer.signal("STOP");
                Eventually.holds(() -> ends.keySet().containsAll(cut));
                trial.equal("writes cut", cut.size(), count(cut, "cut"));
                trial.holds("none before the limit", isNoneBefore(SHORT, stopped));
                for (String each : cut) {
                    Duration after = Duration.ofNanos(ends.get(each).nanos - stopped);
                    trial.within(each + " cut after", CUT_WITHIN, after);
                }
                Task.sleep(STOP.minus(Trial.since(stopped))); // at least
                trial.equal("writes that wait", 0, ends.size() - cut.size());
                over = true;
                peer.signal("CONT");
                for (int i = 1; i < arguments.size(); i++) {
                    String seen = peer.readLine();
                    int end = seen.lastIndexOf(' ');
                    read.put(seen.substring(0, end), seen.substring(end + 1));
                }
            }
            stage.awaitNoConnection();
        }
        trial.equal("writes", kept.size(), count(kept, "written"));
        trial.equal("read whole", kept.size(), countWhole(kept, read));
        trial.connections(0);
    }

    private boolean isNoneBefore(Duration limit, long start) {
        return ends.values().stream().allMatch(each -> each.nanos - start >= limit.toNanos());
    }

    private long count(List<String> lines, String how) {
        return lines.stream().filter(each -> ends.get(each).how.equals(how)).count();
    }

    private long countWhole(List<String> lines, Map<String, String> read) {
        return lines.stream()
                .filter(each -> read.get(each).equals("" + ends.get(each).writtenBytes))
                .count();
    }

    private void write(Connection connection) throws Exception {
        String line = connection.requireLine();
        String[] parts = line.split(" ", 2);
        var write = StalledWrite.valueOf(parts[0]);
        Duration limit = Duration.parse(parts[1]);
        String how = "written";
        try {
            do write.run(connection, limit);
            while (!over);
            connection.flush();
        } catch (SocketTimeoutException | TimeoutException e) {
            how = "cut";
        }
        ends.put(line, new End(how, connection.bytesWritten(), System.nanoTime()));
    }
}
