package io.loomline.net;

import io.loomline.stream.ConnectionClosedException;
import io.loomline.stream.Limits;
import io.loomline.task.GroupOptions;
import io.loomline.task.Task;
import io.loomline.task.TaskGroup;
import io.loomline.task.TaskScope;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Passes on everything that comes from either of two connections to the other, as a proxy does.
 *
 * <p>The end of the input of one becomes the end of the output of the other, while the opposite
 * direction goes on; so does it if a peer does not read. Memory is bounded: a peer that does not
 * read holds back the one that writes to it.
 *
 * {@snippet lang=java :
 * var server = runtime.listen(7000, client -> {
 *     try (var upstream = runtime.connect("db.example.org", 5432)) {
 *         Relay.between(client, upstream).run();
 *     }
 * });
 * }
 *
 * <p><i>Threads:</i> one runs it, any may ask for the counts.
 */
public final class Relay {
    private final Connection first;
    private final Connection second;
    private final AtomicLong firstToSecond = new AtomicLong();
    private final AtomicLong secondToFirst = new AtomicLong();

    /**
     * How much was passed on.
     *
     * @param firstToSecond bytes that the second connection has taken
     * @param secondToFirst bytes that the first connection has taken
     */
    public record Counts(long firstToSecond, long secondToFirst) {}

    private Relay(Connection first, Connection second) {
        this.first = Objects.requireNonNull(first, "first");
        this.second = Objects.requireNonNull(second, "second");
    }

    /**
     * A relay that does not run yet. It closes neither connection. The limits of the connections
     * hold, except for the default write timeout: a reader that pauses holds back the writer and is
     * not cut. A write timeout that was set to another value holds.
     *
     * @param first a connection
     * @param second another one
     * @return the relay
     * @throws IllegalArgumentException if both are the same
     */
    public static Relay between(Connection first, Connection second) {
        if (first == second) {
            throw new IllegalArgumentException("second " + second + ": expected another one");
        }
        return new Relay(first, second);
    }

    /**
     * Sets the idle timeout of both connections: the relay ends when for so long no byte was passed
     * on in either direction. Without this call it is that of the connections' limits.
     *
     * @param timeout how long; {@link Limits#NO_LIMIT} for ever
     * @return this relay
     * @throws IllegalArgumentException if the timeout is zero or negative
     */
    public Relay idleTimeout(Duration timeout) {
        for (Connection each : new Connection[] {first, second}) {
            each.limits(each.limits().withIdleTimeout(timeout));
        }
        return this;
    }

    /**
     * Passes on in both directions until both inputs have ended. <i>Blocks.</i>
     *
     * <p>When an input is lost, or closed on this side before its end, the other connection is
     * reset, so that its peer does not take a part for the whole. When an output is lost, the
     * opposite direction still passes on what is there. A close of a connection on this side ends
     * both directions at once. So does a limit of time that runs out: each connection whose peer
     * has not had everything is reset.
     *
     * <p><i>Cancellation:</i> ends both directions. Nothing is lost: what was not passed on is
     * unread, both connections are as usable as before, and the relay can be run again. If a
     * connection is closed instead, and its peer has not had everything, the close is a reset.
     *
     * @return how much was passed on
     * @throws SocketTimeoutException if a limit of one of the connections has run out
     * @throws ConnectionClosedException if a connection was closed on this side
     * @throws IOException if a connection is lost
     * @throws InterruptedException if the caller was cancelled
     * @throws java.nio.channels.ReadPendingException if another thread reads from a connection
     */
    public Counts run() throws IOException, InterruptedException {
        var forth = new RelayDirection(first, second, firstToSecond);
        var back = new RelayDirection(second, first, secondToFirst);
        Limits limitsOfFirst = waitForReaders(first);
        Limits limitsOfSecond = waitForReaders(second);
        try {
            runBoth(forth, back);
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case IOException failure -> throw failure;
                case RuntimeException failure -> throw failure;
                case Error failure -> throw failure;
                case null, default -> throw new AssertionError("neither direction throws it", e);
            }
        } finally {
            forth.finish();
            back.finish();
            first.limits(limitsOfFirst);
            second.limits(limitsOfSecond);
        }
        forth.requireNotRefused();
        back.requireNotRefused();
        return counts();
    }

    /** Lifts the default write timeout of a connection; the limits that it had. */
    private static Limits waitForReaders(Connection connection) {
        Limits before = connection.limits();
        if (before.writeTimeout().equals(Limits.DEFAULT.writeTimeout())) {
            connection.limits(before.withWriteTimeout(Limits.NO_LIMIT));
        }
        return before;
    }

    private void runBoth(RelayDirection forth, RelayDirection back)
            throws IOException, InterruptedException, ExecutionException {
        TaskGroup present = presentGroup();
        if (present != null) {
            runBoth(present, forth, back);
            return;
        }
        try (var group = TaskGroup.root(GroupOptions.DEFAULT.withName("relay"), first.clock())) {
            runBoth(group, forth, back);
        }
    }

    private void runBoth(TaskGroup parent, RelayDirection forth, RelayDirection back)
            throws IOException, InterruptedException, ExecutionException {
        TaskScope.<@Nullable Void, IOException>run(
                parent,
                group -> {
                    Runnable closed = () -> endClosed(group);
                    try {
                        first.watchClosing(closed);
                        second.watchClosing(closed);
                        return runBothIn(group, forth, back);
                    } finally {
                        first.unwatchClosing(closed);
                        second.unwatchClosing(closed);
                    }
                });
    }

    /** One direction on the calling thread, one in a task beneath it. */
    private static @Nullable Void runBothIn(
            TaskGroup group, RelayDirection forth, RelayDirection back)
            throws IOException, InterruptedException, ExecutionException {
        var other = group.start("relay back", back::run);
        forth.run();
        return other.join(); // an end of it that a cancel brought about is none
    }

    /**
     * On a thread that closes one of the connections: ends both directions by a failure. They may
     * be where they would not find out, such as in a write to the other one.
     */
    private void endClosed(TaskGroup group) {
        var closed = first.isOpen() ? second : first;
        var failure = new ConnectionClosedException(closed.remoteAddress(), null);
        try {
            group.start(
                    "relay closed",
                    () -> {
                        throw failure;
                    });
        } catch (IllegalStateException e) {
            // they have ended meanwhile
        }
    }

    /** The group of the calling task; null on a thread that is none. */
    private static @Nullable TaskGroup presentGroup() {
        try {
            return Task.current().group();
        } catch (IllegalStateException e) {
            return null;
        }
    }

    /**
     * How much has been passed on so far, by all runs; while it runs, too.
     *
     * @return the counts
     */
    public Counts counts() {
        return new Counts(firstToSecond.get(), secondToFirst.get());
    }

    /** The connections, and how much has been passed on. */
    @Override
    public String toString() {
        return "relay between "
                + first.remoteAddress()
                + " and "
                + second.remoteAddress()
                + ", "
                + counts();
    }
}
