package io.loomline.server;

import io.loomline.net.Connection;
import io.loomline.net.ConnectionHandler;
import io.loomline.net.Connections;
import io.loomline.task.Clock;
import io.loomline.task.Task;

import org.jspecify.annotations.Nullable;

import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/**
 * One connection of a server: the body of its task, and the callback of its end. This is not a
 * lambda, because each waiting connection would keep the frames of the lambda.
 */
final class Serving extends IdleWatchdog.Watched
        implements Callable<@Nullable Void>, Consumer<Task<?>> {
    private final Service service;
    private final long acceptedNanos;

    /** Null until the task has started. Written by the accepting task and by the task itself. */
    private volatile @Nullable Task<?> task;

    /** The thread of the task; null until it runs. Written by the task. */
    private volatile @Nullable Thread thread;

    /** Whether the handler has got the connection. Written by the task, and read at its end. */
    private boolean passed;

    /**
     * What all connections of a server share.
     *
     * @param handler serves them
     * @param greeting null without the PROXY protocol
     * @param handshakes null without TLS
     * @param resetOnFailure whether a connection is reset if its handler fails
     * @param clock measures their age
     * @param ended called when a connection is closed and its task has ended
     */
    record Service(
            ConnectionHandler handler,
            @Nullable ProxyGreeting greeting,
            @Nullable Handshakes handshakes,
            HandlerFailureLog failures,
            AcceptStatistics statistics,
            boolean resetOnFailure,
            Clock clock,
            Consumer<Serving> ended) {}

    Serving(Connection connection, Service service) {
        super(connection, service.clock());
        this.service = service;
        this.acceptedNanos = service.clock().nanoTime();
    }

    /** Called once the task has started. */
    void startedAs(Task<?> started) {
        task = started;
        started.onDone(this);
    }

    @Override
    public @Nullable Void call() throws Exception {
        task = Task.current(); // the accepting task may set it later
        thread = Thread.currentThread();
        try (connection) {
            if (isGreeted() && isSecured()) serve();
        }
        return null;
    }

    /** Reads the header of the proxy, if the server expects one. */
    private boolean isGreeted() throws InterruptedException {
        ProxyGreeting greeting = service.greeting();
        return greeting == null || greeting.complete(connection, acceptedNanos);
    }

    /** Runs the TLS handshake, if the server speaks TLS. */
    private boolean isSecured() throws InterruptedException {
        Handshakes handshakes = service.handshakes();
        return handshakes == null || handshakes.complete(connection, acceptedNanos);
    }

    private void serve() throws Exception {
        passed = true;
        service.statistics().countAccepted();
        try {
            service.handler().handle(connection);
        } catch (Throwable e) {
            Exception cancel = HandlerFailureLog.cancelIn(e);
            if (cancel == null) service.failures().log(connection, e);
            else if (isCancelledAsIdle())
                service.failures().log(connection, new SocketTimeoutException(idleReason()));
            if (service.resetOnFailure()) connection.abort();
            else Connections.withholdEnd(connection);
            if (cancel != null) throw cancel;
        }
    }

    @Override
    boolean tryCancelAsIdle() {
        Task<?> present = task;
        return present != null && present.cancel(idleReason());
    }

    private String idleReason() {
        return "idleTimeout %s of the connection to %s expired: no byte moved in either direction"
                .formatted(connection.limits().idleTimeout(), connection.remoteAddress());
    }

    /** Closes the connection again, for a task that was cancelled before it ran. */
    @Override
    public void accept(Task<?> ended) {
        boolean failed = ended.state() == Future.State.FAILED; // in a context carrier or a driver
        if (!passed) service.statistics().countUnserved(failed);
        try {
            connection.close();
        } finally { // the driver may throw
            service.ended().accept(this);
        }
        if (failed)
            service.failures().logNotServed(connection.remoteAddress(), ended.exceptionNow());
    }

    @Nullable Task<?> task() {
        return task;
    }

    @Nullable Thread thread() {
        return thread;
    }

    long ageNanos(long nowNanos) {
        return nowNanos - acceptedNanos;
    }

    /** The connection at present; null if its task has not started yet. */
    @Nullable ServedConnection snapshot(long nowNanos) {
        Task<?> present = task;
        if (present == null) return null;
        return new ServedConnection(connection, present, Duration.ofNanos(ageNanos(nowNanos)));
    }
}
