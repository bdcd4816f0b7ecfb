package io.loomline.server;

import io.loomline.concurrent.WaitPoint;
import io.loomline.net.Activity;
import io.loomline.net.Connections;
import io.loomline.server.ShutdownReport.Straggler;
import io.loomline.task.Task;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Describes connections that have not ended within the grace period. To walk a stack takes about 20
 * µs, so only a bounded number is described.
 *
 * <p><i>Threads:</i> one thread uses it.
 */
final class Stragglers {
    private final long drainNanos;

    /** What {@link Activity#moved} was when the drain began. */
    private final Map<Serving, Long> movedBefore;

    private final Map<Serving, Straggler> described = new LinkedHashMap<>();

    /**
     * Begins to watch the connections.
     *
     * @param drainNanos when the drain began
     */
    Stragglers(Collection<Serving> connections, long drainNanos) {
        this.drainNanos = drainNanos;
        movedBefore = new LinkedHashMap<>();
        for (Serving each : connections) movedBefore.put(each, moved(each));
    }

    private static long moved(Serving connection) {
        return Connections.activityOf(connection.connection).moved();
    }

    /** Describes connections, at the end of the grace period and before they are cancelled. */
    void describe(Iterable<Serving> connections, long nowNanos) {
        int left = ShutdownReport.MOST_STRAGGLERS;
        for (Serving each : connections) {
            if (left-- == 0) return;
            describe(each, nowNanos, false);
        }
    }

    /** Describes connections that the cancel has not ended. */
    void describeAborted(Iterable<Serving> connections, long nowNanos) {
        int left = ShutdownReport.MOST_STRAGGLERS;
        for (Serving each : connections) {
            if (left-- == 0) return;
            Straggler before = described.get(each);
            if (before == null) describe(each, nowNanos, true);
            else described.put(each, aborted(before));
        }
    }

    private static Straggler aborted(Straggler before) {
        return new Straggler(
                before.task(),
                before.peer(),
                true,
                before.operation(),
                before.unmovedFor(),
                before.stack(),
                before.operations());
    }

    private void describe(Serving connection, long nowNanos, boolean aborted) {
        Task<?> task = connection.task();
        Thread thread = connection.thread();
        if (task == null) return; // it has not started yet
        List<StackTraceElement> stack =
                thread == null ? List.of() : List.of(thread.getStackTrace());
        String operation = operation(stack);
        described.put(
                connection,
                new Straggler(
                        task.name(),
                        connection.connection.remoteAddress(),
                        aborted,
                        operation,
                        unmovedFor(connection, nowNanos, operation),
                        stack,
                        Connections.operationsOf(connection.connection)));
    }

    private Duration unmovedFor(Serving connection, long nowNanos, String operation) {
        Activity activity = Connections.activityOf(connection.connection);
        if (operation.startsWith("Connection.") && activity.waitedNanos() > 0) {
            return Duration.ofNanos(activity.waitedNanos());
        }
        Long before = movedBefore.get(connection);
        boolean moved = before == null || before != activity.moved();
        return moved ? Duration.ZERO : Duration.ofNanos(nowNanos - drainNanos);
    }

    /** The innermost call of Loomline or of the JDK; the innermost method if there is none. */
    private static String operation(List<StackTraceElement> stack) {
        if (stack.isEmpty()) return "";
        WaitPoint point = WaitPoint.of(stack);
        return point.isInCall() ? point.operation() : WaitPoint.nameOf(stack.getFirst());
    }

    /** The described ones, the aborted ones first. */
    List<Straggler> list() {
        List<Straggler> all = new ArrayList<>(described.size());
        for (Straggler each : described.values()) if (each.aborted()) all.add(each);
        for (Straggler each : described.values()) if (!each.aborted()) all.add(each);
        return all.subList(0, Math.min(all.size(), ShutdownReport.MOST_STRAGGLERS));
    }
}
