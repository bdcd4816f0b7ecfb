package io.loomline.net;

import io.loomline.net.wire.GuardedChannel;
import io.loomline.net.wire.SecondReaderException;
import io.loomline.stream.ConnectionClosedException;
import io.loomline.stream.Limits;
import io.loomline.stream.MinimumRate;
import io.loomline.task.TaskGroup;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Forwards the bytes received from each of two connections to the other, as a proxy does.
 *
 * <p>When the input of one connection ends, the relay ends the output of the other; the opposite
 * direction continues. Memory is bounded: a peer that does not read holds back the peer that writes
 * to it, and the opposite direction continues. On Linux, with the epoll driver, a large flow passes
 * a pipe of the kernel, which may hold up to 512 KiB for each direction.
 *
 * {@snippet lang=java :
 * var server = runtime.listen(7000, client -> {
 *     try (var upstream = runtime.connect("db.example.org", 5432)) {
 *         Relay.between(client, upstream).run();
 *     }
 * });
 * }
 *
 * <p><i>Threads:</i> one thread runs it; any thread may read the counts.
 */
public final class Relay {
    private final Connection first;
    private final Connection second;
    private final RelayDirection forth;
    private final RelayDirection back;
    private Duration writeTimeout = Limits.NO_LIMIT;

    /**
     * The numbers of bytes forwarded.
     *
     * @param firstToSecond the number of bytes that the second connection has taken
     * @param secondToFirst the number of bytes that the first connection has taken
     */
    public record Counts(long firstToSecond, long secondToFirst) {}

    private Relay(Connection first, Connection second) {
        this.first = Objects.requireNonNull(first, "first");
        this.second = Objects.requireNonNull(second, "second");
        forth = new RelayDirection(first, second);
        back = new RelayDirection(second, first);
    }

    /**
     * A relay that does not run yet. It closes neither connection. The limits of the connections
     * apply, except their write timeouts and minimum rates, because a peer that pauses reading
     * holds back the writer and must not be cut off. To cut it off, set {@link #writeTimeout}.
     *
     * @param first a connection
     * @param second another connection
     * @return the relay
     * @throws IllegalArgumentException if both are the same connection
     */
    public static Relay between(Connection first, Connection second) {
        if (first == second) {
            throw new IllegalArgumentException(
                    "second " + second + ": expected another than first");
        }
        return new Relay(first, second);
    }

    /**
     * Sets the idle timeout of both connections: the relay fails if no byte was forwarded in either
     * direction for that time. The default is the idle timeout of the connections' limits.
     *
     * @param timeout the timeout; {@link Limits#NO_LIMIT} for none
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
     * Sets the longest time for which a peer may take no byte while there are bytes for it. The
     * default is {@link Limits#NO_LIMIT}.
     *
     * @param timeout the timeout, from the next run on
     * @return this relay
     * @throws IllegalArgumentException if the timeout is zero or negative
     */
    public Relay writeTimeout(Duration timeout) {
        writeTimeout = Limits.NONE.withWriteTimeout(timeout).writeTimeout();
        return this;
    }

    /**
     * Passes the bytes from the first connection to the second through a filter.
     *
     * @param filter sees and may change the bytes, from the next run on
     * @return this relay
     */
    public Relay filterFirstToSecond(RelayFilter filter) {
        forth.filter(Objects.requireNonNull(filter, "filter"));
        return this;
    }

    /**
     * Passes the bytes from the second connection to the first through a filter.
     *
     * @param filter sees and may change the bytes, from the next run on
     * @return this relay
     */
    public Relay filterSecondToFirst(RelayFilter filter) {
        back.filter(Objects.requireNonNull(filter, "filter"));
        return this;
    }

    /**
     * Forwards in both directions. <i>Blocks</i> until both inputs have ended.
     *
     * <p>If an input is lost, or closed on this side before its end, the other connection is reset,
     * so that its peer does not take a part for the whole. If an output is lost, the opposite
     * direction still forwards the bytes that arrive. Closing a connection on this side ends both
     * directions at once, and so does a limit that expires; each connection whose peer lacks a part
     * is then reset.
     *
     * <p><i>Cancellation:</i> ends both directions without loss. Bytes that were not forwarded stay
     * unread, both connections stay usable, and the relay can run again. The unread bytes may
     * exceed the {@link Limits#bufferBytes} of their connection, by up to 512 KiB from a pipe of
     * the kernel. Like all unread bytes, they count for {@link
     * io.loomline.RuntimeOptions#maxHeldBytes} while a read waits for more. Bytes of a filter that
     * were not forwarded are the first of the next run. A connection that is closed instead is
     * reset if its peer lacks a part.
     *
     * @return the numbers of bytes forwarded
     * @throws SocketTimeoutException if a limit of one of the connections has expired
     * @throws ConnectionClosedException if a connection was closed on this side
     * @throws IOException if a connection is lost
     * @throws InterruptedException if the caller was cancelled
     * @throws java.nio.channels.ReadPendingException if another thread reads from a connection
     */
    public Counts run() throws IOException, InterruptedException {
        var started = new AtomicBoolean();
        Limits ofFirst = first.limits();
        Limits ofSecond = second.limits();
        try {
            runBoth(started);
        } finally {
            if (started.get()) {
                forth.finish();
                back.finish();
                limitWrites(first, ofFirst.writeTimeout(), ofFirst.minimumRate());
                limitWrites(second, ofSecond.writeTimeout(), ofSecond.minimumRate());
            }
        }
        forth.requireOutput();
        back.requireOutput();
        return counts();
    }

    private static void limitWrites(Connection connection, Duration timeout, MinimumRate rate) {
        Limits other = connection.limits().withWriteTimeout(timeout);
        connection.limits(other.withMinimumRate(rate.bytesPerSecond(), rate.after()));
    }

    private void runBoth(AtomicBoolean started) throws IOException, InterruptedException {
        CallersScope.<@Nullable Void, IOException>run(
                "relay",
                first.clock(),
                group -> {
                    Runnable watcher = () -> failClosed(group);
                    try {
                        watchClosing(first, watcher);
                        watchClosing(second, watcher);
                        started.set(true); // now that no other thread runs this relay
                        begin();
                        return runBothIn(group);
                    } finally {
                        first.channel().unwatchClosing(watcher);
                        second.channel().unwatchClosing(watcher);
                    }
                });
    }

    private void begin() {
        forth.begin();
        back.begin();
        limitWrites(first, writeTimeout, MinimumRate.NONE);
        limitWrites(second, writeTimeout, MinimumRate.NONE);
    }

    /** Makes a close of the connection on this side run the watcher. */
    private static void watchClosing(Connection connection, Runnable watcher)
            throws ConnectionClosedException {
        GuardedChannel channel = connection.channel();
        if (channel.watchClosing(watcher)) return;
        channel.requireOpen();
        throw new SecondReaderException(
                "another relay is reading from " + connection.remoteAddress());
    }

    /** Runs one direction on the calling thread and one in a task of the group. */
    private @Nullable Void runBothIn(TaskGroup group)
            throws IOException, InterruptedException, ExecutionException {
        var other = group.start("relay back", back::run);
        forth.run();
        return other.join(); // throws if the other direction was cancelled: it has not ended then
    }

    /**
     * Ends both directions with a failure, on a thread that closes one of the connections. A
     * direction may be in a write to the other connection, where it would not notice the close.
     */
    private void failClosed(TaskGroup group) {
        var closed = first.isOpen() ? second : first;
        var failure = new ConnectionClosedException(closed.remoteAddress(), null);
        try {
            group.start(
                    "relay closed",
                    () -> {
                        throw failure;
                    });
        } catch (IllegalStateException e) {
            // both directions have ended meanwhile
        }
    }

    /**
     * The numbers of bytes forwarded so far, by all runs. May be called while the relay runs.
     *
     * @return the numbers
     */
    public Counts counts() {
        return new Counts(forth.count(), back.count());
    }

    /** Both connections, and the numbers of bytes forwarded. */
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
