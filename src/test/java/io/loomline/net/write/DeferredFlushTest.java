package io.loomline.net.write;

import io.loomline.net.wire.GuardedChannel;
import io.loomline.net.wire.TimeoutSweeper;
import io.loomline.probe.Eventually;
import io.loomline.probe.FakeChannel;
import io.loomline.stream.Limits;
import io.loomline.task.Clock;
import io.loomline.task.SystemClock;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;

/** Bytes are left in the buffer while the flusher scans: even the last ones must be sent. */
class DeferredFlushTest {
    private static final int ROUNDS = 1_000;

    /** Runs its timers at once, one after the other, on a thread of its own. */
    private static final class EagerClock implements Clock, Runnable {
        private final AtomicReference<Runnable> action = new AtomicReference<>();

        @Override
        public long nanoTime() {
            return System.nanoTime();
        }

        @Override
        public Timer scheduleAt(long atNanos, Runnable action) {
            if (!this.action.compareAndSet(null, action))
                throw new AssertionError("a second timer");
            return () -> {};
        }

        @Override
        public void run() {
            while (!Thread.interrupted()) {
                Runnable next = action.getAndSet(null);
                if (next != null) next.run();
            }
        }
    }

    private final EagerClock clock = new EagerClock();
    private final AutoFlusher flusher = new AutoFlusher(clock);
    private final TimeoutSweeper sweeper = new TimeoutSweeper(SystemClock.INSTANCE);

    @Test
    void lastBytesLeftDuringAScanAreSent() throws Exception {
        race(5);
    }

    @Test
    @Tag("stress")
    void lastBytesLeftDuringAScanAreSentInManyRounds() throws Exception {
        race(500);
    }

    private void race(int connections) throws Exception {
        Thread scanner = Thread.ofPlatform().start(clock);
        try {
            for (int connection = 0; connection < connections; connection++) raceOne();
        } finally {
            scanner.interrupt();
            scanner.join();
        }
    }

    private void raceOne() throws Exception {
        var channel = new GuardedChannel(new FakeChannel(), sweeper, Limits.DEFAULT);
        var sender = new Sender(channel, SystemClock.INSTANCE, () -> {});
        var flush = new DeferredFlush(sender, flusher);
        for (int round = 0; round < ROUNDS; round++) {
            int others = ThreadLocalRandom.current().nextInt(20);
            for (int i = 0; i < others; i++) leaveBytes(sender, flush, true);
            leaveBytes(sender, flush, false);
            Eventually.holds(sender.unsent()::isEmpty);
        }
    }

    private static void leaveBytes(Sender sender, DeferredFlush flush, boolean takeBack) {
        sender.lock().lockToSend();
        try {
            sender.unsent().add(ByteBuffer.wrap(new byte[1]));
            flush.leave();
            if (takeBack) sender.unsent().clear();
        } finally {
            sender.lock().unlock();
        }
    }
}
