package io.loomline.server;

import io.loomline.log.LogText;
import io.loomline.net.Connection;
import io.loomline.net.ConnectionHandler;
import io.loomline.net.Connections;
import io.loomline.proxy.ProxyHeader;
import io.loomline.server.admission.Origins;
import io.loomline.server.admission.Origins.Exceeded;
import io.loomline.server.admission.Origins.Visit;
import io.loomline.server.failure.HandlerFailureLog;
import io.loomline.server.idle.IdleWatchdog;
import io.loomline.task.Task;

import org.jspecify.annotations.Nullable;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
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
    private static final VarHandle VISIT;
    private static final Visit LEFT = new Visit(null, null, null);
    private static final String EVICTED =
            "closed for another client, as the connection that was idle for longest";

    static {
        try {
            VISIT = MethodHandles.lookup().findVarHandle(Serving.class, "visit", Visit.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Service service;
    private final long acceptedNanos;

    /** Null until the task has started. Written by the accepting task and by the task itself. */
    private volatile @Nullable Task<?> task;

    /** The thread of the task; null until it runs. Written by the task. */
    private volatile @Nullable Thread thread;

    /** How many descriptors were promised to the connection. */
    final int descriptors;

    /**
     * Why the connection ends without its handler; null once the handler has it. Written by the
     * task, and read at its end.
     */
    private @Nullable AdmissionReason unserved = AdmissionReason.SHUTDOWN;

    /** Whether the handler has returned or thrown. Written by the task. */
    private volatile boolean handled;

    /** Whether the connection was cancelled for another client. Written by the accepting task. */
    private volatile boolean evicted;

    /** What the connection counts for; {@code LEFT} once it has ended. */
    @SuppressWarnings("unused") // by the handle
    private volatile Visit visit;

    /**
     * What all connections of a server share.
     *
     * @param handler serves them
     * @param greeting null without the PROXY protocol
     * @param handshakes null without TLS
     * @param resetOnFailure whether a connection is reset if its handler fails
     * @param factory has made them
     * @param ended called when a connection is closed and its task has ended
     */
    record Service(
            ConnectionHandler handler,
            @Nullable ProxyGreeting greeting,
            @Nullable Handshakes handshakes,
            HandlerFailureLog failures,
            AcceptStatistics statistics,
            AdmissionControl control,
            boolean resetOnFailure,
            Connections factory,
            Consumer<Serving> ended) {}

    Serving(Connection connection, Visit visit, int descriptors, Service service) {
        super(connection, service.factory().clock());
        this.service = service;
        this.visit = visit;
        this.descriptors = descriptors;
        this.acceptedNanos = service.factory().clock().nanoTime();
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
        if (service.factory().isRecording()) nameThread(true);
        try (connection) {
            if (isGreeted() && isAdmitted() && isSecured()) serve();
        }
        return null;
    }

    /** Names the thread by server and peer, for thread dumps, or removes the name. */
    void nameThread(boolean named) {
        Task<?> present = task;
        Thread own = thread;
        if (present == null || own == null) return; // the task names it when it starts
        String peer = LogText.of(connection.remoteAddress().toString());
        own.setName(named ? present.group().name() + ", peer " + peer : "");
    }

    /** Reads the header of the proxy, if the server expects one. */
    private boolean isGreeted() throws InterruptedException {
        ProxyGreeting greeting = service.greeting();
        if (greeting == null || greeting.complete(connection, acceptedNanos)) return true;
        unserved = AdmissionReason.PROXY_HEADER;
        return false;
    }

    /**
     * Whether the address that a proxy has announced is within its limits. A client that is refused
     * gets the farewell. The proxy itself is exempt.
     */
    private boolean isAdmitted() {
        if (service.greeting() == null) return true; // the accept loop has asked
        if (connection.proxyHeader().flatMap(ProxyHeader::source).isEmpty()) return true;
        AdmissionControl control = service.control();
        Visit entered = control.origins().tryEnter(connection.remoteAddress());
        Exceeded refusal = entered.refusal();
        if (refusal != null) {
            unserved = AdmissionControl.reason(refusal);
            control.bidFarewell(connection);
            return false;
        }
        visit = entered;
        countOrigin(); // the limits may have been set meanwhile
        return true;
    }

    /** Runs the TLS handshake, if the server speaks TLS. */
    private boolean isSecured() throws InterruptedException {
        Handshakes handshakes = service.handshakes();
        if (handshakes == null || handshakes.complete(connection, acceptedNanos)) return true;
        unserved = AdmissionReason.HANDSHAKE;
        return false;
    }

    private void serve() throws Exception {
        unserved = null;
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
        } finally {
            handled = true;
        }
    }

    /**
     * Whether only the peer keeps the connection open: the handler has returned, and everything
     * that it has written was sent.
     */
    boolean isFinished() {
        return handled && Connections.activityOf(connection).isSent();
    }

    @Override
    protected boolean tryCancelAsIdle() {
        Task<?> present = task;
        return present != null && present.cancel(idleReason());
    }

    @Override
    protected boolean tryEvict() {
        Task<?> present = task;
        if (present == null) return false;
        evicted = true; // before the cancel: the ending task reads it
        evicted = present.cancel(EVICTED);
        return evicted;
    }

    /** Counts the connection for its address, if it does not count yet. */
    void countOrigin() {
        Origins origins = service.control().origins();
        if (!origins.isLimited() || visit != Origins.UNCOUNTED) return;
        Visit counted = origins.count(connection.remoteAddress());
        if (!VISIT.compareAndSet(this, Origins.UNCOUNTED, counted)) origins.leave(counted);
    }

    /** Ends the counting for the address. Idempotent. */
    void leaveOrigin() {
        service.control().origins().leave((Visit) VISIT.getAndSet(this, LEFT));
    }

    private String idleReason() {
        return "idleTimeout %s of the connection to %s expired: no byte moved in either direction"
                .formatted(connection.limits().idleTimeout(), connection.remoteAddress());
    }

    /** Closes the connection again, for a task that was cancelled before it ran. */
    @Override
    public void accept(Task<?> ended) {
        boolean failed = ended.state() == Future.State.FAILED; // in a context carrier or a driver
        AdmissionReason refusal = unserved;
        if (refusal != null) {
            service.statistics()
                    .countUnserved(failed, evicted ? AdmissionReason.CONNECTION_LIMIT : refusal);
        }
        leaveOrigin();
        try {
            connection.close();
        } finally { // the driver may throw
            service.statistics().countBytes(connection.bytesRead(), connection.bytesWritten());
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
