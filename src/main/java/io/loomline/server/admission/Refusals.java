package io.loomline.server.admission;

import io.loomline.driver.Channel;
import io.loomline.task.Clock;
import io.loomline.task.Task;
import io.loomline.task.TaskGroup;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Refuses clients without waiting for them: sends a farewell and ends the output. One task, which
 * runs only while it is needed, drops the input of all refused clients until they leave, at most
 * for a second. Closing a socket with unread input resets the connection, and a reset can destroy a
 * farewell that the client has not read yet.
 *
 * <pre>
 *   idle ──a client that has not left──▶ dropping ──all have left──▶ idle
 * </pre>
 *
 * <p><i>Threads:</i> every method may be called from any thread.
 */
public final class Refusals {
    /** Each takes a descriptor. When there are more, the oldest are closed. */
    public static final int MOST_DROPPING = 256;

    private static final long BOUND_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final Duration PERIOD = Duration.ofMillis(5);

    private static final int STEP_BYTES = 8 * 1024;

    /** How much of a client's input is dropped in each period. */
    private static final int MOST_STEPS = 8;

    private final TaskGroup group;
    private final Clock clock;
    private final ReentrantLock lock = new ReentrantLock();

    // guarded by the lock; only the task reads from the channels in the queue
    private final Queue<Refused> refused = new ArrayDeque<>();
    private boolean dropping;

    private record Refused(Channel channel, long endNanos) {}

    /**
     * Refuses clients of one server.
     *
     * @param group the group of the task that drops their input
     */
    public Refusals(TaskGroup group, Clock clock) {
        this.group = group;
        this.clock = clock;
    }

    /**
     * Refuses a client, and closes its channel soon. Does not block.
     *
     * @param farewell sent if the channel takes it without waiting
     */
    public void refuse(Channel channel, ByteBuffer farewell) {
        try {
            if (farewell.hasRemaining()) channel.tryWrite(farewell);
            channel.shutdownOutput();
            dropLater(channel);
        } catch (IOException e) { // the client has gone
            channel.abort();
        } catch (Throwable e) {
            channel.abort();
            throw e;
        }
    }

    private void dropLater(Channel channel) {
        var added = new Refused(channel, clock.nanoTime() + BOUND_NANOS);
        boolean starts;
        Refused oldest = null;
        lock.lock();
        try {
            refused.add(added);
            if (refused.size() > MOST_DROPPING) oldest = refused.remove();
            starts = !dropping;
            dropping = true;
        } finally {
            lock.unlock();
        }
        if (oldest != null) oldest.channel.close();
        if (starts) start();
    }

    private void start() {
        try {
            group.start("refused clients", this::dropAll)
                    .onDone(ended -> {
                        if (ended.state() != Future.State.SUCCESS) closeAll();
                    });
        } catch (Throwable e) { // the group is closed, or memory is short
            closeAll();
            if (!(e instanceof IllegalStateException)) throw e;
        }
    }

    private void dropAll() throws InterruptedException {
        ByteBuffer target = ByteBuffer.allocate(STEP_BYTES);
        do {
            for (Refused each : snapshot()) {
                if (hasEnded(each, target)) end(each);
            }
        } while (sleepUnlessEmpty());
    }

    private List<Refused> snapshot() {
        lock.lock();
        try {
            return new ArrayList<>(refused);
        } finally {
            lock.unlock();
        }
    }

    private boolean hasEnded(Refused each, ByteBuffer target) {
        try {
            for (int i = 0; i < MOST_STEPS; i++) {
                int moved = each.channel.tryRead(target.clear());
                if (moved < 0) return true;
                if (moved == 0) break;
            }
            return clock.nanoTime() - each.endNanos >= 0;
        } catch (IOException e) { // the client has gone, or the channel was closed as the oldest
            return true;
        }
    }

    private void end(Refused each) {
        lock.lock();
        try {
            refused.remove(each);
        } finally {
            lock.unlock();
        }
        each.channel.close();
    }

    /** Returns false if nothing is left to be dropped: the task ends. */
    private boolean sleepUnlessEmpty() throws InterruptedException {
        lock.lock();
        try {
            dropping = !refused.isEmpty();
            if (!dropping) return false;
        } finally {
            lock.unlock();
        }
        Task.checkCancelled();
        Thread.sleep(PERIOD);
        return true;
    }

    /** Ends a task that was cancelled, has failed or could not be started. */
    private void closeAll() {
        List<Refused> left;
        lock.lock();
        try {
            left = List.copyOf(refused);
            refused.clear();
            dropping = false;
        } finally {
            lock.unlock();
        }
        left.forEach(each -> each.channel.close());
    }
}
