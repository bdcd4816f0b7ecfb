package io.loomline.server;

import io.loomline.flight.DrainSpan;
import io.loomline.flight.ServerEvents;
import io.loomline.log.LogText;
import io.loomline.log.Loggers;
import io.loomline.net.Connection;
import io.loomline.net.Connections;
import io.loomline.server.admission.Permits;
import io.loomline.server.failure.HandlerFailureLog;
import io.loomline.task.Clock;
import io.loomline.task.Deadline;
import io.loomline.task.TaskBody;
import io.loomline.task.TaskGroup;

import org.slf4j.Logger;

import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * One shutdown of a server.
 *
 * <pre>
 *   not ready ──▶ refuse new clients, give notices ──▶ wait ──▶ cancel ──▶ wait ──▶ abort
 *   |readinessDelay|◀──────────── grace ──────────────▶|        |CANCEL_GRACE|
 * </pre>
 *
 * <p>Connections from the backlog get their notice later than the others: their clients have
 * connected without knowing of the shutdown, and need time for their first message.
 *
 * <p><i>Threads:</i> one thread calls {@link #run}; the accepting tasks call {@link #accepted}.
 */
final class Shutdown {
    private static final Logger LOG = Loggers.of(Shutdown.class);

    /** How long cancelled connections have to end before they are reset. */
    private static final Duration CANCEL_GRACE = Duration.ofMillis(200);

    /** The least time for accepting the connections that the kernel has queued. */
    private static final Duration BACKLOG_GRACE = Duration.ofSeconds(1);

    /** How long a client from the backlog has for its first message; at most half of the grace. */
    private static final Duration FIRST_MESSAGE_TIME = Duration.ofSeconds(1);

    /**
     * The parts of the server.
     *
     * @param group the tasks of the connections and of the accept loops
     * @param connections the connections present; others change it
     */
    record Subject(
            TaskGroup group,
            Permits admission,
            List<AcceptLoop> loops,
            Set<Serving> connections,
            HandlerFailureLog failures,
            Clock clock) {

        /** Returns whether all tasks have ended before the deadline expires. <i>Blocks.</i> */
        boolean await(Deadline end) throws InterruptedException {
            try {
                end.<ExecutionException>run(group::await);
                return true;
            } catch (TimeoutException e) {
                return false;
            } catch (ExecutionException e) {
                throw new AssertionError("a supervised group has no failures of its own", e);
            }
        }

        boolean await(Duration time) throws InterruptedException {
            return await(Deadline.after(time, clock));
        }
    }

    private final Subject server;
    private final ShutdownOptions options;
    private final AtomicInteger notified = new AtomicInteger();

    /** Whether a connection that is accepted from now on is notified at once. Set once. */
    private volatile boolean notifiesBacklog;

    // used by the thread of run()
    private long startNanos;

    Shutdown(Subject server, ShutdownOptions options) {
        this.server = server;
        this.options = options;
    }

    /** Runs all steps but the readiness delay. <i>Blocks.</i> */
    ShutdownReport run() throws InterruptedException {
        DrainSpan span = ServerEvents.drain();
        ShutdownReport report = drain();
        if (span != null) {
            span.end(
                    options.grace(),
                    report.notified(),
                    report.finished(),
                    report.cancelled(),
                    report.aborted());
        }
        return report;
    }

    private ShutdownReport drain() throws InterruptedException {
        Permits admission = server.admission();
        startNanos = server.clock().nanoTime();
        Deadline end = Deadline.after(options.grace(), server.clock());
        Deadline listenersEnd = atLeast(BACKLOG_GRACE, end);
        long endedBefore = admission.released();
        long acceptedBefore = admission.acquired();
        List<Serving> present = List.copyOf(server.connections()); // those after it are the backlog
        admission.drain();
        server.loops().forEach(AcceptLoop::stop);
        var stragglers = new Stragglers(present, startNanos);
        boolean allEnded = giveNotices(byAge(present)) || awaitEnd(listenersEnd, end);
        long finished = admission.released() - endedBefore;
        Set<Serving> closing = allEnded ? Set.of() : closing();
        finished += closing.size();
        if (!allEnded) cancelOthers(closing, stragglers);
        int stuck = stuck(closing);
        stragglers.describeAborted(without(closing), server.clock().nanoTime());
        server.connections().forEach(each -> each.connection.abort());
        server.group().close();
        int unserved = server.loops().stream().mapToInt(AcceptLoop::unserved).sum();
        return new ShutdownReport(
                (int) (admission.acquired() - acceptedBefore) + unserved,
                notified.get(),
                (int) finished,
                (int) (admission.acquired() - endedBefore - finished - stuck),
                stuck + unserved,
                stragglers.list());
    }

    private Deadline atLeast(Duration time, Deadline end) {
        boolean isShorter = options.grace().compareTo(time) < 0;
        return isShorter ? Deadline.after(time, server.clock()) : end;
    }

    /** The oldest first. */
    private List<Serving> byAge(Collection<Serving> connections) {
        return connections.stream()
                .sorted(Comparator.comparingLong((Serving each) -> -each.ageNanos(startNanos)))
                .toList();
    }

    /** The connections whose close waits only for the peer to end. They count as finished. */
    private Set<Serving> closing() {
        return server.connections().stream()
                .filter(Serving::isFinished)
                .collect(Collectors.toUnmodifiableSet());
    }

    private void cancelOthers(Set<Serving> closing, Stragglers stragglers)
            throws InterruptedException {
        stragglers.describe(without(closing), server.clock().nanoTime());
        server.group().cancel("the server is shut down");
        server.await(CANCEL_GRACE);
    }

    /** How many connections the cancel has not ended. */
    private int stuck(Set<Serving> closing) {
        int present = (int) closing.stream().filter(server.connections()::contains).count();
        return Math.max(0, server.admission().active() - present); // some may end meanwhile
    }

    private List<Serving> without(Set<Serving> closing) {
        return byAge(server.connections()).stream()
                .filter(each -> !closing.contains(each))
                .toList();
    }

    /** Gives the notices, spread over time. Returns whether all tasks have ended. */
    private boolean giveNotices(List<Serving> present) throws InterruptedException {
        Duration over = shorter(options.noticeOver(), options.grace());
        long overNanos = TimeUnit.NANOSECONDS.convert(over);
        int count = present.size();
        for (int i = 0; i < count; i++) {
            long atNanos = (long) (overNanos * ((double) i / count));
            if (i > 0 && awaitUntil(atNanos)) return true;
            notify(present.get(i));
        }
        Duration half = options.grace().dividedBy(2);
        Duration firstMessage = shorter(FIRST_MESSAGE_TIME, half);
        if (awaitUntil(Math.max(overNanos, TimeUnit.NANOSECONDS.convert(firstMessage))))
            return true;
        notifiesBacklog = true; // before the look at the connections: accepted() does the opposite
        server.connections().forEach(this::notify);
        return false;
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    /** Waits until a time after the start. Returns whether all tasks have ended. */
    private boolean awaitUntil(long atNanos) throws InterruptedException {
        long left = atNanos - (server.clock().nanoTime() - startNanos);
        return left > 0 && server.await(Duration.ofNanos(left));
    }

    /** Called for each accepted connection, once it is among the connections. */
    void accepted(Serving connection) {
        if (notifiesBacklog) notify(connection);
    }

    private void notify(Serving serving) {
        if (!server.connections().contains(serving)) return; // it has ended
        Connection connection = serving.connection;
        boolean isFirst =
                Connections.beginDraining(connection, body -> startNotice(connection, body));
        if (isFirst) notified.incrementAndGet();
    }

    /** Never throws: the other connections must be notified too. */
    private void startNotice(Connection connection, TaskBody notice) {
        try {
            String name = "drain notice of " + LogText.of(connection.remoteAddress().toString());
            server.group().start(name, () -> run(connection, notice));
        } catch (Throwable e) { // the group is closed, out of memory, or a context carrier threw
            server.failures().logNotice(connection, e);
        }
    }

    private void run(Connection connection, TaskBody notice) throws Exception {
        try {
            notice.run();
        } catch (Throwable e) {
            if (HandlerFailureLog.cancelIn(e) != null) throw e;
            server.failures().logNotice(connection, e);
        }
    }

    /** Returns whether all connections have ended within the grace period. */
    private boolean awaitEnd(Deadline listenersEnd, Deadline end) throws InterruptedException {
        try {
            listenersEnd.run(() -> {
                for (AcceptLoop loop : server.loops()) loop.awaitClosed();
            });
        } catch (TimeoutException e) {
            LOG.debug("the backlog was not emptied in time", e);
        }
        return server.await(end) || server.admission().active() == 0;
    }
}
