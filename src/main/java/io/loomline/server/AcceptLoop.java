package io.loomline.server;

import io.loomline.driver.Acceptor;
import io.loomline.driver.Channel;
import io.loomline.driver.ConnectionLostException;
import io.loomline.driver.carrier.TimeSlice;
import io.loomline.headroom.DescriptorHeadroom;
import io.loomline.log.LogRate;
import io.loomline.log.LogText;
import io.loomline.log.Loggers;
import io.loomline.task.Clock;
import io.loomline.task.Task;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Accepts connections at one listener until it is stopped or cancelled. Nothing else ends it: after
 * the error of one connection it takes the next, and everything else it waits out.
 *
 * <p><i>Threads:</i> {@link #run} is the accepting task's; everything else is for any thread.
 */
final class AcceptLoop {
    private static final Logger LOG = Loggers.of(AcceptLoop.class);

    private static final Duration SHORTEST_PAUSE = Duration.ofMillis(5);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);
    private static final long BARE_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** More losses in a row, without a connection between them, are not the connections' own. */
    private static final int MOST_LOST_IN_A_ROW = 64;

    /**
     * What the loop is doing.
     *
     * <pre>
     *   accepting ◀──failure, pause is over──▶ pausing
     *       ├──────────────stop─────────────────┴──▶ stopping ──queue is empty, cancel──▶ ended
     *       ├──────────────cancel─────────────────────────────────────────────────────────▶ ended
     *       └──────────────someone else has closed the listener───────────────────────────▶ broken
     * </pre>
     */
    private enum State {
        ACCEPTING,
        PAUSING,
        STOPPING,
        ENDED,
        BROKEN;

        boolean isOver() {
            return this == ENDED || this == BROKEN;
        }
    }

    private final AtomicReference<State> state = new AtomicReference<>(State.ACCEPTING);

    private final Acceptor acceptor;
    private final SocketAddress address;
    private final Entrance entrance;
    private final Clock clock;
    private final Consumer<Channel> accepted;
    private final LogRate rate;

    /** At zero when the listener is closed, and nobody is in its queue. */
    private final CountDownLatch closed = new CountDownLatch(1);

    /** The present pause, which {@link #wake} cuts; written by the accepting task. */
    private volatile @Nullable CountDownLatch pausing;

    /** What has shown that someone else has closed the listener; written by the task. */
    private volatile @Nullable IOException brokenBy;

    /**
     * How many were taken in while the server was stopping, and not served; written by the task.
     */
    private volatile int unserved;

    // the rest is the accepting task's
    private final Queue<Channel> waiting = new ArrayDeque<>();
    private Duration pause = SHORTEST_PAUSE;
    private int lostInARow;
    private int closedInARow;

    /**
     * What decides whether somebody comes in, and what is noted of it.
     *
     * @param admission how many connections the server serves
     * @param log what the server tells of its accepting
     */
    record Entrance(Admission admission, AcceptStatistics log) {}

    /** Accepts for one who takes each connection, admitted, and throws only what must pause us. */
    AcceptLoop(Acceptor acceptor, Entrance entrance, Clock clock, Consumer<Channel> accepted) {
        this.acceptor = acceptor;
        this.address = acceptor.localAddress();
        this.entrance = entrance;
        this.clock = clock;
        this.rate = new LogRate(1, clock::nanoTime);
        this.accepted = accepted;
    }

    /** Runs until the loop is stopped and everyone in the queue is served, or it is cancelled. */
    void run() throws InterruptedException {
        try {
            while (!state.get().isOver()) step();
        } finally {
            close();
        }
        try {
            while (!waiting.isEmpty()) {
                entrance.admission.enterLate();
                handOver(waiting.remove());
            }
        } finally {
            unserved = waiting.size();
            waiting.forEach(Channel::abort);
        }
    }

    private void handOver(Channel late) {
        try {
            accepted.accept(late);
        } catch (Throwable e) {
            afterFailure(e);
        }
    }

    /** Closes the listener; also for a task that was cancelled before it ran. Idempotent. */
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
            pause = SHORTEST_PAUSE;
            lostInARow = 0;
            closedInARow = 0;
        } catch (Throwable e) {
            afterFailure(e);
        }
    }

    private void acceptOne() throws IOException, InterruptedException {
        TimeSlice.spend(0);
        Task.checkCancelled(); // whoever was woken by a cancel may have taken the interrupt
        entrance.admission.awaitRoom();
        if (state.get() != State.STOPPING) DescriptorHeadroom.OF_THIS_PROCESS.requireForClient();
        state.compareAndSet(State.PAUSING, State.ACCEPTING);
        Channel channel = Objects.requireNonNull(acceptor.accept(), "the acceptor's channel");
        boolean entered;
        try {
            // it may have been suspended while we waited
            entered = waiting.isEmpty() && entrance.admission.enter();
            if (!entered) waiting.add(channel);
        } catch (Throwable e) {
            channel.abort();
            throw e;
        }
        if (entered) accepted.accept(channel);
    }

    /** Whatever is thrown here, too, such as that there is no memory for a line of the log. */
    private void afterFailure(Throwable e) {
        try {
            if (isTheEnd(e)) return;
            if (isOfOneConnection(e)) {
                entrance.log.failed();
                LOG.debug("a connection was lost before it was accepted at {}", address, e);
                return;
            }
            entrance.log.failure(e);
            state.compareAndSet(State.ACCEPTING, State.PAUSING);
            sayThatItPauses(e);
            pause();
        } catch (Throwable again) {
            // a cancel shows in the next step; anything else is as good as what we are handling
            if (again instanceof InterruptedException) return;
            LockSupport.parkNanos(BARE_PAUSE_NANOS);
        }
    }

    /** Also a closed channel, unless the next accept says the same: then it is the listener's. */
    private boolean isOfOneConnection(Throwable e) {
        if (e instanceof ClosedChannelException) return true;
        return e instanceof ConnectionLostException && ++lostInARow < MOST_LOST_IN_A_ROW;
    }

    private boolean isTheEnd(Throwable e) {
        if (Task.current().cancelReason().isPresent()) {
            state.set(State.ENDED);
        } else if (e instanceof ClosedChannelException closed) {
            if (state.get() == State.STOPPING) state.set(State.ENDED);
            else if (++closedInARow > 1) breakOff(closed);
        }
        return state.get().isOver();
    }

    private void breakOff(ClosedChannelException e) {
        brokenBy = e;
        state.set(State.BROKEN); // before the line, whatever becomes of that
        entrance.log.failure(e);
        LOG.error("the listener at {} was closed by someone else; it accepts no more", address, e);
    }

    private void sayThatItPauses(Throwable e) {
        try {
            rate.log(more ->
                    LOG.warn("cannot accept at {} for now: {}{}", address, LogText.of(e), more));
        } catch (Throwable unsaid) {
            e.addSuppressed(unsaid); // whoever asks for the last failure sees both
        }
    }

    private void pause() throws InterruptedException {
        var over = new CountDownLatch(1);
        Clock.Timer timer = clock.schedule(pause, over::countDown);
        try {
            pausing = over;
            // looked at after it can be seen: whoever stops the loop looks for a pause afterwards
            if (state.get() == State.PAUSING) over.await();
            else over.await(SHORTEST_PAUSE.toNanos(), TimeUnit.NANOSECONDS);
        } finally {
            pausing = null;
            timer.cancel();
        }
        Duration twice = pause.multipliedBy(2);
        pause = twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
    }

    /** Something was freed that may have been missing: cuts a pause. */
    void wake() {
        CountDownLatch present = pausing;
        if (present != null) present.countDown();
    }

    /** Refuses new clients; those whom the kernel has queued already are taken in. */
    void stop() {
        State before = state.getAndUpdate(now -> now.isOver() ? now : State.STOPPING);
        if (before.isOver() || before == State.STOPPING) return;
        try {
            acceptor.stop();
        } catch (RuntimeException e) { // a driver of someone else's
            LOG.warn("the listener at {} cannot be stopped: it is closed", address, e);
            acceptor.close();
        }
        wake();
    }

    /** Returns when the listener is closed. <i>Blocks.</i> */
    void awaitClosed() throws InterruptedException {
        try {
            closed.await();
        } catch (InterruptedException e) {
            Task.checkCancelled();
            throw e;
        }
    }

    boolean isAccepting() {
        return state.get() == State.ACCEPTING;
    }

    /** Throws if someone else has closed the listener, so that it could not go on. */
    void requireOrderlyEnd() {
        IOException cause = brokenBy;
        if (cause != null) {
            throw new UncheckedIOException(
                    "the listener at " + address + " could not go on", cause);
        }
    }

    int unserved() {
        return unserved;
    }

    SocketAddress address() {
        return address;
    }
}
