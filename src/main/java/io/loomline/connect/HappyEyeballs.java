package io.loomline.connect;

import io.loomline.connect.ConnectFailedException.Attempt;
import io.loomline.driver.Channel;
import io.loomline.log.ErrorText;
import io.loomline.task.Clock;
import io.loomline.task.Deadline;
import io.loomline.task.GroupOptions;
import io.loomline.task.GroupOptions.Policy;
import io.loomline.task.TaskGroup;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeoutException;

/**
 * Connects to the first of several addresses that answers. An attempt starts when an earlier one
 * has failed, or after a delay. Once one has connected, the others are cancelled, and channels that
 * they open nevertheless are closed.
 *
 * <p><i>Source:</i> <a href="https://www.rfc-editor.org/rfc/rfc8305#section-5">RFC 8305</a>: "one
 * connection attempt to a single address is started first, followed by the others in the list, one
 * at a time"; "attempts that have not yet succeeded SHOULD be canceled".
 */
final class HappyEyeballs {
    // https://www.rfc-editor.org/rfc/rfc8305#section-5
    // "One recommended value for a default delay is 250 milliseconds."
    private static final Duration ATTEMPT_DELAY = Duration.ofMillis(250);

    private static final GroupOptions OPTIONS =
            GroupOptions.DEFAULT.withName("addresses").withPolicy(Policy.SUPERVISE);

    /** Opens a channel to one address. */
    interface Connecting {
        Channel connect(SocketAddress address) throws IOException, InterruptedException;
    }

    /** One attempt, in a task of its own that never fails: it stores the channel or the failure. */
    private final class Racer {
        private final SocketAddress address;

        // written by the task, read after its end; both null if it was cancelled
        private volatile @Nullable Channel channel;
        private volatile @Nullable Throwable failure;

        Racer(SocketAddress address) {
            this.address = address;
        }

        void run() {
            try {
                channel = connecting.connect(address);
            } catch (InterruptedException e) {
                // the race has ended, or the caller was cancelled
            } catch (Throwable e) {
                failure = e;
            }
        }

        Attempt failedAttempt() {
            return new Attempt(
                    address,
                    switch (failure) {
                        case null -> new SocketTimeoutException("no answer");
                        case IOException e -> e;
                        case Error e -> throw e;
                        case Throwable e -> new IOException(e.toString(), e);
                    });
        }
    }

    private final Connecting connecting;
    private final Clock clock;
    private final Queue<SocketAddress> untried;

    /** In the order of their start; used by the caller only. */
    private final List<Racer> racers = new ArrayList<>();

    /** Racers whose tasks have ended; added by the end of each task. */
    private final BlockingQueue<Racer> ended = new LinkedBlockingQueue<>();

    HappyEyeballs(Connecting connecting, Clock clock, List<SocketAddress> addresses) {
        this.connecting = connecting;
        this.clock = clock;
        this.untried = new ArrayDeque<>(addresses);
    }

    // https://www.rfc-editor.org/rfc/rfc8305#section-4
    // "Whichever address family is first in the list should be followed by an address of the other
    // address family"
    static List<InetAddress> interleaved(List<InetAddress> addresses) {
        boolean startsWith6 = addresses.getFirst() instanceof Inet6Address;
        var first = new ArrayDeque<InetAddress>();
        var second = new ArrayDeque<InetAddress>();
        for (InetAddress address : addresses) {
            (address instanceof Inet6Address == startsWith6 ? first : second).add(address);
        }
        List<InetAddress> order = new ArrayList<>();
        while (!first.isEmpty() || !second.isEmpty()) {
            if (!first.isEmpty()) order.add(first.remove());
            if (!second.isEmpty()) order.add(second.remove());
        }
        return order;
    }

    /** The channel of the winner; null if all attempts failed. All attempts have ended then. */
    @Nullable Channel run(TaskGroup parent) throws IOException, InterruptedException {
        Racer winner = null;
        try (TaskGroup group = parent.open(OPTIONS)) {
            winner = awaitWinner(group);
        } catch (IllegalStateException e) { // the parent, and so the group, is closed
            throw new IOException(ErrorText.of(e), e);
        } finally {
            for (Racer racer : racers) {
                Channel surplus = racer.channel;
                if (racer != winner && surplus != null) surplus.close();
            }
        }
        return winner == null ? null : winner.channel;
    }

    private @Nullable Racer awaitWinner(TaskGroup group) throws InterruptedException {
        int failed = 0;
        while (true) {
            if (!untried.isEmpty()) start(untried.remove(), group);
            Racer next = untried.isEmpty() ? ended.take() : pollUntilDelay();
            if (next == null) continue;
            if (next.channel != null) return next;
            if (++failed == racers.size() && untried.isEmpty()) return null;
        }
    }

    private void start(SocketAddress address, TaskGroup group) {
        var racer = new Racer(address);
        racers.add(racer);
        group.start("connect to " + address, racer::run).onDone(_ -> ended.add(racer));
    }

    /** The next racer that ends; null if none ends before the next attempt is due. */
    private @Nullable Racer pollUntilDelay() throws InterruptedException {
        try {
            return Deadline.after(ATTEMPT_DELAY, clock).call(ended::take);
        } catch (TimeoutException e) {
            return null;
        }
    }

    /** The attempts that did not connect, and why. Valid after {@link #run}. */
    List<Attempt> failures() {
        return racers.stream()
                .filter(racer -> racer.channel == null)
                .map(Racer::failedAttempt)
                .toList();
    }
}
