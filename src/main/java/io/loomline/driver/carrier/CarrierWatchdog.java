package io.loomline.driver.carrier;

import io.loomline.concurrent.Threads;
import io.loomline.log.Loggers;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The platform thread that detects when virtual threads do not run. There is one for the whole
 * process while any loop exists.
 */
final class CarrierWatchdog {
    private static final Logger LOG = Loggers.of(CarrierWatchdog.class);

    private static final ReentrantLock LOCK = new ReentrantLock();

    // guarded by the lock
    private static int loops;
    private static @Nullable Thread watchdog;

    /** The scheduler of this JVM; null until a platform thread has found it, which is slow. */
    private static volatile @Nullable Scheduler scheduler;

    private CarrierWatchdog() {}

    /** Counts a new loop. */
    static void enter() {
        LOCK.lock();
        try {
            loops++;
            if (watchdog != null) return;
            Thread thread = Threads.daemon("loomline-watch", CarrierWatchdog::run);
            thread.start();
            watchdog = thread;
        } catch (OutOfMemoryError e) { // there are too many threads: the next loop tries again
            LOG.debug("the watchdog for virtual threads could not be started", e);
        } finally {
            LOCK.unlock();
        }
    }

    /** Counts a loop that has ended. */
    static void leave() {
        LOCK.lock();
        try {
            loops--;
            assert loops >= 0 : "more loops have ended than began";
            if (loops == 0) LockSupport.unpark(watchdog);
        } finally {
            LOCK.unlock();
        }
    }

    /** Whether virtual threads may be waiting for a carrier. */
    static boolean mayThreadsWait() {
        Scheduler present = scheduler;
        return present == null || present.waitingThreads() > 0;
    }

    /** Whether virtual threads wait for a carrier. Slow at first; not for virtual threads. */
    static boolean doThreadsWait() {
        return scheduler().waitingThreads() > 0;
    }

    private static Scheduler scheduler() {
        Scheduler found = scheduler;
        if (found == null) scheduler = found = Scheduler.ofThisJvm();
        return found;
    }

    private static void run() {
        var failures = new LoopFailures("the carrier watchdog");
        CarrierRescue rescue = null;
        StarvationWatch starvation = null;
        while (true) {
            try {
                Thread.interrupted(); // parking returns at once while the status is set
                LockSupport.parkNanos(CarrierWatchdog.class, CarrierRescue.PERIOD_NANOS);
                if (tryEnd()) break;
                if (rescue == null) rescue = begin();
                if (starvation == null) starvation = beginWatch();
                rescue.check();
                starvation.check();
            } catch (Throwable e) { // such as a lack of memory: the next check may succeed
                failures.record(e);
            }
        }
        if (rescue != null) rescue.end();
    }

    private static boolean tryEnd() {
        LOCK.lock();
        try {
            if (loops > 0) return false;
            watchdog = null;
            return true;
        } finally {
            LOCK.unlock();
        }
    }

    private static CarrierRescue begin() {
        return new CarrierRescue(scheduler(), System::nanoTime, LockSupport::parkNanos);
    }

    private static StarvationWatch beginWatch() {
        return new StarvationWatch(scheduler(), System::nanoTime, LockSupport::parkNanos);
    }
}
