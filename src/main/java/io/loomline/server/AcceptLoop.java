package io.loomline.server;

import io.loomline.driver.Acceptor;
import io.loomline.driver.Channel;
import io.loomline.driver.ConnectionLostException;
import io.loomline.driver.ExhaustionException;
import io.loomline.driver.carrier.TimeSlice;
import io.loomline.flight.ServerEvents;
import io.loomline.log.LogRate;
import io.loomline.log.LogText;
import io.loomline.log.Loggers;
import io.loomline.net.wire.Interrupts;
import io.loomline.server.AdmissionControl.Accepted;
import io.loomline.server.AdmissionControl.Outcome;
import io.loomline.server.admission.Permits;
import io.loomline.server.listen.AcceptPause;
import io.loomline.task.Clock;
import io.loomline.task.Task;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Accepts connections at one listener until it is stopped or cancelled. No other event ends it,
 * except that the listener was closed from elsewhere. After an error of one connection it accepts
 * the next one; after any other failure it pauses and tries again.
 *
 * <p><i>Threads:</i> {@link #run} belongs to the accepting task; all other methods may be called
 * from any thread.
 */
final class AcceptLoop {
    private static final Logger LOG = Loggers.of(AcceptLoop.class);

    private static final long BARE_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** More losses in a row, with no connection between them, have a common cause. */
    private static final int MAX_LOST_IN_A_ROW = 64;

    /**
     * What the loop is doing.
     *
     * <pre>
     *   accepting ◀──failure, end of pause──▶ pausing
     *       ├──────────────stop─────────────────┴──▶ stopping ──queue is empty, cancel──▶ ended
     *       ├──────────────cancel─────────────────────────────────────────────────────────▶ ended
     *       └──────────────listener closed from elsewhere─────────────────────────────────▶ broken
     * </pre>
     */
    private enum State {
        ACCEPTING,
        PAUSING,
        STOPPING,
        ENDED,
        BROKEN;

        boolean isFinal() {
            return this == ENDED || this == BROKEN;
        }
    }

    private final AtomicReference<State> state = new AtomicReference<>(State.ACCEPTING);

    private final Acceptor acceptor;
    private final SocketAddress address;
    private final Shared shared;
    private final Consumer<Accepted> accepted;
    private final LogRate rate;
    private final AcceptPause pause;

    /** Released once the listener is closed. */
    private final CountDownLatch closed = new CountDownLatch(1);

    /** The exception that revealed that the listener was closed; written by the accepting task. */
    private volatile @Nullable IOException brokenBy;

    /** How many connections were accepted but not served; written by the accepting task. */
    private volatile int unserved;

    // used by the accepting task only

    /** Accepted while no permit was available, or after the stop. */
    private final Queue<Accepted> waiting = new ArrayDeque<>();

    private int lostInARow;
    private int closedInARow;

    /**
     * The parts that the loops of one server share.
     *
     * @param permits the permits of the connections
     * @param control decides who is served
     * @param statistics counts what the loops accept
     */
    record Shared(Permits permits, AdmissionControl control, AcceptStatistics statistics) {}

    /**
     * A loop at one listener.
     *
     * @param accepted serves a connection that has its permit; throws only failures for which the
     *     loop must pause
     */
    AcceptLoop(Acceptor acceptor, Shared shared, Clock clock, Consumer<Accepted> accepted) {
        this.acceptor = acceptor;
        this.address = acceptor.localAddress();
        this.shared = shared;
        this.rate = new LogRate(1, clock::nanoTime);
        this.pause = new AcceptPause(clock);
        this.accepted = accepted;
    }

    /** Runs until it is cancelled, or stopped and every connection in the queue is served. */
    void run() throws InterruptedException {
        try {
            while (!state.get().isFinal()) step();
        } finally {
            close();
        }
        try {
            while (!waiting.isEmpty()) {
                shared.permits.acquire();
                serve(waiting.remove());
            }
        } finally {
            unserved = waiting.size();
            shared.statistics.countRefused(AdmissionReason.SHUTDOWN, unserved);
            waiting.forEach(this::abandon);
        }
        Task.checkCancelled(); // what ends the loop is then seen as the end of its task
    }

    /** Never throws: the other clients must be ended too. */
    private void abandon(Accepted client) {
        try {
            shared.control.origins().leave(client.visit());
            client.channel().abort();
        } catch (Throwable e) { // a driver may be third-party code
            LOG.warn("a client that waited at {} cannot be reset", address, e);
        }
    }

    private void serve(Accepted client) {
        try {
            accepted.accept(client);
        } catch (Throwable e) {
            afterFailure(e);
        }
    }

    /** Closes the listener, even if its task was cancelled before it ran. Idempotent. */
    void close() {
        try {
            acceptor.close();
        } finally {
            state.updateAndGet(now -> now == State.BROKEN ? now : State.ENDED);
            closed.countDown();
        }
    }

    private void step() {
        try {
            acceptOne();
            pause.reset();
            lostInARow = 0;
            closedInARow = 0;
        } catch (Throwable e) {
            afterFailure(e);
        }
    }

    private void acceptOne() throws IOException, InterruptedException {
        TimeSlice.spend(0);
        Task.checkCancelled(); // other code may have consumed the interrupt of a cancel
        shared.control.awaitRoom();
        if (state.get() != State.STOPPING) shared.control.requireResources();
        state.compareAndSet(State.PAUSING, State.ACCEPTING);
        Channel channel = Objects.requireNonNull(accept(), "the acceptor's channel");
        Accepted admitted;
        try {
            if (ServerEvents.areAcceptsOn()) ServerEvents.accept(channel.remoteAddress(), address);
            admitted = admit(channel);
        } catch (Throwable e) {
            boolean failed = !(e instanceof InterruptedException);
            shared.statistics.countUnserved(failed, AdmissionReason.SHUTDOWN);
            channel.abort();
            throw e;
        }
        if (admitted != null) accepted.accept(admitted);
    }

    private @Nullable Channel accept() throws IOException, InterruptedException {
        try {
            return acceptor.accept();
        } catch (ExhaustionException e) {
            shared.control.countDelay(AdmissionReason.DESCRIPTORS);
            throw e;
        }
    }

    /** Returns the client once it has its permit; null if it was refused or has to wait. */
    private @Nullable Accepted admit(Channel channel) throws InterruptedException {
        Accepted client = shared.control.admit(channel);
        if (client == null) return null;
        try {
            // the server may have been suspended during the accept
            Outcome outcome = mustWait() ? Outcome.HELD : shared.control.takePermit(client);
            if (outcome == Outcome.HELD) waiting.add(client);
            return outcome == Outcome.ADMITTED ? client : null;
        } catch (Throwable e) {
            shared.control.origins().leave(client.visit());
            throw e;
        }
    }

    /** A stopped loop serves nobody before its listener is closed, so that this takes no time. */
    private boolean mustWait() {
        return !waiting.isEmpty() || state.get() == State.STOPPING;
    }

    /** Handles failures of the handling as well, such as no memory for a log line. */
    private void afterFailure(Throwable e) {
        try {
            if (endsLoop(e)) return;
            boolean pauses = !isOfOneConnection(e);
            ServerEvents.acceptFailure(address, e, pauses);
            if (!pauses) {
                shared.statistics.countFailed();
                LOG.debug("a connection was lost before it was accepted at {}", address, e);
                return;
            }
            shared.statistics.recordFailure(e);
            pause.begin(); // before the state changes: a thread that sees it can end the pause
            state.compareAndSet(State.ACCEPTING, State.PAUSING);
            logPause(e);
            pause.await(state.get() == State.PAUSING); // not for long if the loop was stopped
        } catch (Throwable again) {
            if (again instanceof InterruptedException) return; // the next step sees the cancel
            LockSupport.parkNanos(BARE_PAUSE_NANOS);
        }
    }

    /** One closed channel may be the connection's; two in a row are the listener. */
    private boolean isOfOneConnection(Throwable e) {
        if (e instanceof ClosedChannelException) return true;
        return e instanceof ConnectionLostException && ++lostInARow < MAX_LOST_IN_A_ROW;
    }

    private boolean endsLoop(Throwable e) {
        if (Task.current().cancelReason().isPresent()) {
            state.set(State.ENDED);
        } else if (e instanceof ClosedChannelException closed) {
            if (state.get() == State.STOPPING) state.set(State.ENDED);
            else if (++closedInARow > 1) breakOff(closed);
        }
        return state.get().isFinal();
    }

    private void breakOff(ClosedChannelException e) {
        brokenBy = e;
        state.set(State.BROKEN); // first, as the log may fail
        shared.statistics.recordFailure(e);
        LOG.error(
                "the listener at {} was closed by other code; the server accepts no connections",
                address,
                e);
    }

    private void logPause(Throwable e) {
        try {
            rate.log(more ->
                    LOG.warn("cannot accept at {} for now: {}{}", address, LogText.of(e), more));
        } catch (Throwable unlogged) {
            e.addSuppressed(unlogged); // visible in Server.lastFailure
        }
    }

    /** Ends a pause: a resource was freed that the loop may be waiting for. */
    void wake() {
        pause.cut();
    }

    /** Refuses new clients. The loop still accepts the clients that the kernel has queued. */
    void stop() {
        State before = state.getAndUpdate(now -> now.isFinal() ? now : State.STOPPING);
        if (before.isFinal() || before == State.STOPPING) return;
        try {
            acceptor.stop();
        } catch (RuntimeException e) { // a driver may be third-party code
            LOG.warn("the listener at {} cannot be stopped: it is closed", address, e);
            acceptor.close();
        }
        wake();
    }

    /** Returns once the listener is closed. <i>Blocks.</i> */
    void awaitClosed() throws InterruptedException {
        try {
            closed.await();
        } catch (InterruptedException e) {
            throw Interrupts.cancelOr(e);
        }
    }

    boolean isAccepting() {
        return state.get() == State.ACCEPTING;
    }

    /** Throws if the loop ended because the listener was closed from elsewhere. */
    void requireNotBroken() {
        IOException cause = brokenBy;
        if (cause != null) {
            throw new UncheckedIOException(
                    "the listener at " + address + " was closed by other code", cause);
        }
    }

    int unserved() {
        return unserved;
    }

    SocketAddress address() {
        return address;
    }
}
