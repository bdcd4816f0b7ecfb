package io.loomline.driver.carrier;

import io.loomline.log.Loggers;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The thread of the system that notices when virtual threads do not run: one for the whole process,
 * while there are loops.
 */
final class CarrierWatchdog {
    private static final Logger LOG = Loggers.of(CarrierWatchdog.class);

    private static final ReentrantLock LOCK = new ReentrantLock();

    // guarded by the lock
    private static int loops;
    private static @Nullable Thread watcher;

    /** The JVM's, once the watcher has found it, which takes some time. */
    private static volatile @Nullable Scheduler scheduler;

    private CarrierWatchdog() {}

    /** There is one more loop. */
    static void enter() {
        LOCK.lock();
        try {
            loops++;
            if (watcher != null) return;
            Thread thread =
                    Thread.ofPlatform()
                            .daemon()
                            .inheritInheritableThreadLocals(false)
                            .name("loomline-watch")
                            .unstarted(CarrierWatchdog::run);
            thread.start();
            watcher = thread;
        } catch (OutOfMemoryError e) { // there are too many threads: the next loop tries again
            LOG.debug("nobody watches whether virtual threads run", e);
        } finally {
            LOCK.unlock();
        }
    }

    /** There is one less. */
    static void leave() {
        LOCK.lock();
        try {
            if (--loops == 0) LockSupport.unpark(watcher);
        } finally {
            LOCK.unlock();
        }
    }

    /** Whether virtual threads may be waiting for a carrier. */
    static boolean mayThreadsWait() {
        Scheduler present = scheduler;
        return present == null || present.waitingThreads() > 0;
    }

    private static void run() {
        var failures = new LoopFailures("the watch over carriers");
        CarrierRescue rescue = null;
        while (true) {
            try {
                Thread.interrupted(); // with the status set, nobody can park
                LockSupport.parkNanos(CarrierWatchdog.class, CarrierRescue.PERIOD_NANOS);
                if (mayEnd()) break;
                if (rescue == null) rescue = begin();
                rescue.look();
            } catch (Throwable e) { // such as that there is no memory: the next look may work
                failures.note(e);
            }
        }
        if (rescue != null) rescue.end();
    }

    private static boolean mayEnd() {
        LOCK.lock();
        try {
            if (loops > 0) return false;
            watcher = null;
            return true;
        } finally {
            LOCK.unlock();
        }
    }

    private static CarrierRescue begin() {
        Scheduler found = scheduler;
        if (found == null) scheduler = found = Scheduler.ofThisJvm();
        return new CarrierRescue(found, System::nanoTime, LockSupport::parkNanos);
    }
}
