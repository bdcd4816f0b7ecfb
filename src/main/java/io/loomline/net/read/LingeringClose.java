package io.loomline.net.read;

import io.loomline.net.buffer.BufferPool;
import io.loomline.net.wire.GuardedChannel;
import io.loomline.task.Clock;
import io.loomline.task.Deadline;
import io.loomline.task.Task;
import io.loomline.tls.TlsChannel;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/**
 * Reads and drops the input of a connection that is being closed. Closing a socket with unread
 * input resets the connection, and a reset can destroy output that the peer has not read yet. The
 * peer may also read only after it has sent everything.
 *
 * <p><i>Source:</i> <a href="https://www.rfc-editor.org/rfc/rfc1122#section-4.2.2.13">RFC 1122,
 * section 4.2.2.13</a>: "If such a host issues a CLOSE call while received data is still pending in
 * TCP, or if new data is received after CLOSE is called, its TCP SHOULD send a RST to show that
 * data was lost."
 */
public final class LingeringClose {
    /** The longest time for which a close reads from a peer that continues to send. */
    private static final Duration BOUND = Duration.ofSeconds(1);

    /**
     * Ends a close under a clock that stands still. Far more than a network delivers in a second.
     */
    private static final long MOST_BYTES = 256L << 20;

    /** The number of bytes that a close still reads if it must not wait. */
    private static final int LAST_BYTES = 1024 * 1024;

    /** A close polls for the end of a read in progress, at intervals that double between these. */
    private static final long SHORTEST_POLL_NANOS = 50_000;

    private static final long LONGEST_POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    /** The longest time for which a close polls while the reader does not wait for input. */
    private static final long BUSY_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final Input input;
    private final GuardedChannel channel;
    private final Clock clock;

    public LingeringClose(Input input, GuardedChannel channel, Clock clock) {
        this.input = input;
        this.channel = channel;
        this.clock = clock;
    }

    /**
     * Drops input after the output was shut down. Waits only if some input is unread, or is sure to
     * come, as the session tickets of TLS are, or if told to.
     *
     * @param waits whether to wait for the end of the input in any case: the peer may be sending
     */
    public void drain(boolean waits) {
        if (!takeOver()) return;
        try {
            if (input.drop() || waits) Deadline.after(BOUND, clock).run(this::dropUntilEnd);
            else if (awaitsTickets()) Deadline.after(BOUND, clock).run(this::dropTickets);
        } catch (IOException | TimeoutException e) {
            // the connection is lost, or the peer continues to send; the close does not wait longer
        } catch (InterruptedException e) {
            dropAvailable();
            Thread.currentThread().interrupt();
        } finally {
            input.leave();
        }
    }

    /** Drops input on a thread of its own, while the closing thread sends the remaining output. */
    public void dropUntilInterrupted() {
        if (!takeOver()) return;
        try {
            dropUntilEnd();
        } catch (IOException | InterruptedException e) {
            // the connection is lost, which the sender notices too; or the sender has finished
        } finally {
            input.leave();
        }
    }

    private void dropUntilEnd() throws IOException, InterruptedException {
        for (long bytes = 0; bytes < MOST_BYTES; ) {
            Task.checkCancelled();
            if (input.drop()) {
                bytes += BufferPool.CHUNK_BYTES; // about the size of each read
            } else {
                if (input.hasEnded()) return;
                channel.awaitReadable();
            }
        }
    }

    private boolean awaitsTickets() {
        TlsChannel tls = channel.tls();
        return tls != null && tls.awaitsTickets();
    }

    private void dropTickets() throws IOException, InterruptedException {
        while (awaitsTickets() && !input.hasEnded()) {
            Task.checkCancelled();
            if (!input.drop() && awaitsTickets()) channel.awaitReadable();
        }
    }

    private void dropAvailable() {
        try {
            for (int bytes = 0; bytes < LAST_BYTES && input.drop(); ) {
                bytes += BufferPool.CHUNK_BYTES;
            }
        } catch (IOException e) {
            // the connection is lost
        }
    }

    /**
     * Ends a read in progress, whose thread is woken until it notices the close, and begins one.
     */
    private boolean takeOver() {
        long startNanos = System.nanoTime();
        long pollNanos = SHORTEST_POLL_NANOS;
        while (!input.tryTakeOver()) {
            long nanos = System.nanoTime() - startNanos;
            boolean isBusy = input.waiter() == null && nanos > BUSY_NANOS;
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
