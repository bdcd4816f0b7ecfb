package io.loomline.server;

import io.loomline.log.LogText;
import io.loomline.stream.Operation;

import java.net.SocketAddress;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;

/**
 * How the connections of a server ended during its shutdown. Connections that the kernel had queued
 * at its start are included: each connection is finished, cancelled or aborted.
 *
 * @param fromBacklog how many were accepted after the server had begun to refuse new clients
 * @param notified how many were told to end, as {@link io.loomline.net.Connection#onDrain}
 *     describes; the others had ended before
 * @param finished how many connections ended by themselves within the grace period, or had nothing
 *     left to do at its end: the handler had returned, everything was sent, and only the peer had
 *     not ended its output yet
 * @param cancelled how many ended because they were cancelled
 * @param aborted how many were reset: the cancel did not end them, or the connection limit kept
 *     them waiting until the grace period ended
 * @param stragglers what the cancelled and aborted ones were doing at the end of the grace period,
 *     the aborted ones first; at most {@link #MOST_STRAGGLERS}
 */
public record ShutdownReport(
        int fromBacklog,
        int notified,
        int finished,
        int cancelled,
        int aborted,
        List<Straggler> stragglers) {
    /** How many stragglers are described. The numbers count all of them. */
    public static final int MOST_STRAGGLERS = 100;

    /** Copies the list. */
    public ShutdownReport {
        stragglers = List.copyOf(stragglers);
    }

    /**
     * A connection that had not ended by itself when the grace period was over.
     *
     * @param task the name of its task
     * @param peer the peer's address
     * @param aborted whether it was reset, because the cancel did not end it
     * @param operation the call that it was in, such as {@code Connection.readLine}; the innermost
     *     method if it was in no call of Loomline; empty if it was between two
     * @param unmovedFor how long it had made no progress: since its read or write began to wait, or
     *     else since the shutdown began, if no byte had moved since; zero if one had
     * @param stack the stack of its task at the end of the grace period, the innermost call first
     * @param operations the last operations of the connection, if they are recorded: see {@code
     *     Runtime.recordOperations}
     */
    public record Straggler(
            String task,
            SocketAddress peer,
            boolean aborted,
            String operation,
            Duration unmovedFor,
            List<StackTraceElement> stack,
            List<Operation> operations) {
        /** Copies the lists. */
        public Straggler {
            stack = List.copyOf(stack);
            operations = List.copyOf(operations);
        }

        /** One line, without the stack and the operations. */
        @Override
        public String toString() {
            return "%s from %s: %s, in %s, without progress for %s"
                    .formatted(
                            LogText.of(task),
                            LogText.of(peer.toString()),
                            aborted ? "aborted" : "cancelled",
                            operation.isEmpty() ? "its own code" : LogText.of(operation),
                            unmovedFor.truncatedTo(ChronoUnit.MILLIS));
        }
    }

    /** A line with the numbers, and one for each straggler. */
    @Override
    public String toString() {
        var text = new StringBuilder();
        text.append(finished).append(" connections finished, ");
        text.append(cancelled).append(" cancelled, ").append(aborted).append(" aborted (");
        text.append(fromBacklog).append(" from the backlog, ");
        text.append(notified).append(" notified)");
        for (Straggler each : stragglers)
            text.append(System.lineSeparator()).append("  ").append(each);
        int more = cancelled + aborted - stragglers.size();
        if (more > 0)
            text.append(System.lineSeparator()).append("  and ").append(more).append(" more");
        return text.toString();
    }
}
