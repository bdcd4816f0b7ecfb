package io.loomline.net.read;

import io.loomline.net.buffer.BufferPool;
import io.loomline.net.wire.GuardedChannel;
import io.loomline.task.Clock;
import io.loomline.task.Deadline;
import io.loomline.task.Task;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/**
 * Takes in what a peer sends while its connection is being closed, and drops it: because the kernel
 * resets a connection that is closed with input unread, and the peer may then lose what was sent to
 * it (RFC 1122 section 4.2.2.13); and because the peer may read only when it has sent.
 */
public final class LingeringClose {
    /** For how long a close goes on reading from a peer that goes on sending. */
    private static final Duration BOUND = Duration.ofSeconds(1);

    /**
     * How much it takes in at most, where no time passes: much more than networks bring in that.
     */
    private static final long MOST_BYTES = 256L << 20;

    /** How much a close still takes in if it must not wait. */
    private static final int LAST_BYTES = 1024 * 1024;

    /** How often a close looks whether a reader, which it has woken, is gone: ever less often. */
    private static final long SHORTEST_POLL_NANOS = 50_000;

    private static final long LONGEST_POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    /** For how long it does so where the reader does not wait for input, but for something else. */
    private static final long BUSY_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final Input input;
    private final GuardedChannel wire;
    private final Clock clock;

    public LingeringClose(Input input, GuardedChannel wire, Clock clock) {
        this.input = input;
        this.wire = wire;
        this.clock = clock;
    }

    /** After the output was ended. Where nothing is unread, does not wait. */
    public void drain() {
        if (!takeOver()) return;
        try {
            if (input.drop()) Deadline.after(BOUND, clock).run(this::dropUntilEnd);
        } catch (IOException | TimeoutException e) {
            // lost, or the peer goes on sending: nothing more can be done for it
        } catch (InterruptedException e) {
            dropWhatIsHere();
            Thread.currentThread().interrupt();
        } finally {
            input.leave();
        }
    }

    /** While something is still to be sent; on a thread of its own. */
    public void dropUntilInterrupted() {
        if (!takeOver()) return;
        try {
            dropUntilEnd();
        } catch (IOException | InterruptedException e) {
            // lost, which the sender finds out as well; or the sender is through
        } finally {
            input.leave();
        }
    }

    private void dropUntilEnd() throws IOException, InterruptedException {
        for (long bytes = 0; bytes < MOST_BYTES; ) {
            Task.checkCancelled();
            if (input.drop()) {
                bytes += BufferPool.CHUNK_BYTES; // about as much as each brings
            } else {
                if (input.hasEnded()) return;
                wire.awaitReadable();
            }
        }
    }

    private void dropWhatIsHere() {
        try {
            for (int bytes = 0; bytes < LAST_BYTES && input.drop(); ) {
                bytes += BufferPool.CHUNK_BYTES;
            }
        } catch (IOException e) {
            // lost
        }
    }

    /** Waits for a reader to find out that the connection is closed; it is woken until it does. */
    private boolean takeOver() {
        long startNanos = System.nanoTime();
        long pollNanos = SHORTEST_POLL_NANOS;
        while (!input.tryTakeOver()) {
            long nanos = System.nanoTime() - startNanos;
            boolean isBusy = !input.isWaiting() && nanos > BUSY_NANOS;
            if (isBusy || nanos > BOUND.toNanos() || Thread.currentThread().isInterrupted()) {
                return input.tryTakeOver();
            }
            input.wakeReader();
            LockSupport.parkNanos(pollNanos);
            pollNanos = Math.min(2 * pollNanos, LONGEST_POLL_NANOS);
        }
        return true;
    }
}
