package io.loomline.task;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/** A stretch of code that is cancelled when its time has come. */
final class TimedScope extends Scope {
    private final Strand strand;
    private final Clock clock;
    private final LongSupplier remainingNanos;
    private final ReentrantLock lock = new ReentrantLock();

    // guarded by the lock
    private Clock.@Nullable Timer timer;
    private boolean disarmed;

    TimedScope(Strand strand, Clock clock, LongSupplier remainingNanos) {
        super(strand.innermost());
        this.strand = strand;
        this.clock = clock;
        this.remainingNanos = remainingNanos;
    }

    /** Sets the timer to when the time comes, or cancels at once if it has come. */
    void arm() {
        lock.lock();
        try {
            if (timer != null) timer.cancel();
            timer = null;
            if (disarmed || isMarked()) return;
            long nanos = remainingNanos.getAsLong();
            if (nanos > 0) {
                timer = clock.schedule(Duration.ofNanos(nanos), this::arm);
                return;
            }
        } finally {
            lock.unlock();
        }
        mark("the deadline ran out");
    }

    void disarm() {
        lock.lock();
        try {
            disarmed = true;
            if (timer != null) timer.cancel();
            timer = null;
        } finally {
            lock.unlock();
        }
    }

    /** Lets a cancel, or an expiry, of what is around this scope go before its own. */
    void throwIfCancelledOutside() throws InterruptedException {
        for (Scope node = parent(); node != null; node = node.parent()) {
            if (node instanceof TimedScope outer && outer.remainingNanos.getAsLong() <= 0) {
                outer.arm();
            }
        }
        Strand present = Strand.current();
        if (present != null) present.check();
    }

    @Override
    String label() {
        return "deadline";
    }

    @Override
    Scope home() {
        return strand;
    }

    @Override
    void wake() {
        strand.wake();
    }
}
