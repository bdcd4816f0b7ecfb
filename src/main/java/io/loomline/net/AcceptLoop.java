package io.loomline.net;

import io.loomline.driver.Acceptor;
import io.loomline.driver.Channel;
import io.loomline.driver.carrier.TimeSlice;
import io.loomline.log.LogRate;
import io.loomline.task.Clock;
import io.loomline.task.Task;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Accepts connections until it is told to stop. Errors are of four kinds: of one connection, which
 * is forgotten; exhaustion, which passes; the listener is closed, which is the end; and unknown
 * ones, which end it loudly.
 */
final class AcceptLoop {
    private static final Logger LOG = LoggerFactory.getLogger(AcceptLoop.class);

    private static final Duration SHORTEST_PAUSE = Duration.ofMillis(5);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

    /**
     * strerror(3) of EMFILE, ENFILE, ENOBUFS and ENOMEM, accept(2), and of ENOSPC, when the user's
     * watches are used up: epoll_ctl(2). The JDK tells no number.
     */
    private static final Set<String> EXHAUSTION =
            Set.of(
                    "Too many open files",
                    "Too many open files in system",
                    "No buffer space available",
                    "No space left on device",
                    "Cannot allocate memory");

    /** Errors of a connection that was lost before it was accepted: accept(2), "Error handling". */
    private static final Set<String> ONE_CONNECTION =
            Set.of(
                    "Software caused connection abort",
                    "Connection reset by peer",
                    "Protocol error",
                    "Protocol not available",
                    "Network is down",
                    "Network is unreachable",
                    "Host is down",
                    "No route to host",
                    "Machine is not on the network",
                    "Operation not supported",
                    "Operation not permitted");

    private final Acceptor acceptor;
    private final Admission admission;
    private final Consumer<Channel> accepted;
    private final LogRate rate;
    private Duration pause = SHORTEST_PAUSE;

    AcceptLoop(Acceptor acceptor, Admission admission, Clock clock, Consumer<Channel> accepted) {
        this.acceptor = acceptor;
        this.admission = admission;
        this.rate = new LogRate(1, clock::nanoTime);
        this.accepted = accepted;
    }

    /** Runs until the task is cancelled or the listener is closed; then the listener is closed. */
    void run() throws InterruptedException {
        try (acceptor) {
            while (true) {
                admission.awaitRoom();
                acceptOne();
            }
        } catch (ClosedChannelException e) {
            LOG.debug("the listener at {} is closed", acceptor.localAddress());
        } catch (IOException | RuntimeException | Error e) {
            LOG.error("the listener at {} failed; it accepts no more", acceptor.localAddress(), e);
        }
    }

    private void acceptOne() throws IOException, InterruptedException {
        Channel channel;
        TimeSlice.spend(0);
        try {
            channel = acceptor.accept();
            pause = SHORTEST_PAUSE;
        } catch (IOException e) {
            afterFailure(e);
            return;
        }
        try {
            admission.enter(); // it may have been suspended while we waited
        } catch (InterruptedException e) {
            channel.abort();
            throw e;
        }
        accepted.accept(channel);
    }

    private void afterFailure(IOException e) throws IOException, InterruptedException {
        if (says(e, ONE_CONNECTION)) {
            LOG.debug("a connection was lost before it was accepted", e);
        } else if (says(e, EXHAUSTION)) {
            rate.log(more ->
                    LOG.warn(
                            "cannot accept at {} for now: {}{}",
                            acceptor.localAddress(),
                            e.getMessage(),
                            more));
            Task.sleep(pause);
            Duration twice = pause.multipliedBy(2);
            pause = twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
        } else {
            throw e;
        }
    }

    private static boolean says(IOException e, Set<String> messages) {
        @Nullable String message = e.getMessage();
        return message != null && messages.contains(message);
    }
}
