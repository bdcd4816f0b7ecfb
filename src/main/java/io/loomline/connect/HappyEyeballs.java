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
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeoutException;

/**
 * Connects to whichever of several addresses answers first. The next attempt starts when one has
 * failed, or has not answered for a while; the first that connects wins, and the others are
 * cancelled and, should they connect all the same, closed. <i>Source:</i> RFC 8305, section 5.
 */
final class HappyEyeballs {
    /** "Connection Attempt Delay" of RFC 8305, section 8: the recommended value. */
    private static final Duration ATTEMPT_DELAY = Duration.ofMillis(250);

    private static final GroupOptions OPTIONS =
            GroupOptions.DEFAULT.withName("addresses").withPolicy(Policy.SUPERVISE);

    /** One attempt. */
    interface Connecting {
        Channel connect(SocketAddress address) throws IOException, InterruptedException;
    }

    /** One attempt, in a task of its own: it ends well in any case, and keeps what came of it. */
    private final class Runner {
        private final SocketAddress address;

        // written by the task; read when it is over
        private volatile @Nullable Channel channel;
        private volatile @Nullable Throwable failure;

        Runner(SocketAddress address) {
            this.address = address;
        }

        void run() {
            try {
                channel = connecting.connect(address);
            } catch (InterruptedException e) {
                // the race was over: neither of both
            } catch (Throwable e) {
                failure = e;
            }
        }

        Attempt failed() {
            return new Attempt(
                    address,
                    switch (failure) {
                        case null -> new IOException("no answer");
                        case IOException e -> e;
                        case Error e -> throw e;
                        case Throwable e -> new IOException(e.toString(), e);
                    });
        }
    }

    private final Connecting connecting;
    private final Clock clock;
    private final Queue<SocketAddress> waiting;

    /** All that were started, in that order; the caller's. */
    private final List<Runner> runners = new ArrayList<>();

    /** Those that are through, filled by their own threads. */
    private final BlockingQueue<Runner> ended = new LinkedBlockingQueue<>();

    HappyEyeballs(Connecting connecting, Clock clock, List<SocketAddress> addresses) {
        this.connecting = connecting;
        this.clock = clock;
        this.waiting = new ArrayDeque<>(addresses);
    }

    /**
     * The addresses in the order in which to try them: the families take turns, that of the first
     * one first. <i>Source:</i> RFC 8305, section 4.
     */
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

    /** The winner's channel; null if all have failed. When this returns or throws, all is over. */
    @Nullable Channel run(TaskGroup parent) throws IOException, InterruptedException {
        Runner winner = null;
        try (TaskGroup group = parent.open(OPTIONS)) {
            winner = decide(group);
        } catch (IllegalStateException e) { // of the group: it is closed with what it is in
            throw new IOException(ErrorText.of(e), e);
        } finally {
            for (Runner runner : runners) {
                Channel late = runner.channel;
                if (runner != winner && late != null) late.close();
            }
        }
        return winner == null ? null : winner.channel;
    }

    private @Nullable Runner decide(TaskGroup group) throws InterruptedException {
        int over = 0;
        while (true) {
            if (!waiting.isEmpty()) start(waiting.remove(), group);
            Runner next = waiting.isEmpty() ? ended.take() : nextInTime();
            if (next == null) continue;
            if (next.channel != null) return next;
            if (++over == runners.size() && waiting.isEmpty()) return null;
        }
    }

    private void start(SocketAddress address, TaskGroup group) {
        var runner = new Runner(address);
        runners.add(runner);
        group.start("connect to " + address, runner::run).onDone(_ -> ended.add(runner));
    }

    /** The next that is through; null if it is time for another one to start. */
    private @Nullable Runner nextInTime() throws InterruptedException {
        try {
            return Deadline.after(ATTEMPT_DELAY, clock).call(ended::take);
        } catch (TimeoutException e) {
            return null;
        }
    }

    /** Why each attempt that did not connect has failed; when all is over. */
    List<Attempt> failures() {
        return runners.stream()
                .filter(runner -> runner.channel == null)
                .map(Runner::failed)
                .toList();
    }
}
