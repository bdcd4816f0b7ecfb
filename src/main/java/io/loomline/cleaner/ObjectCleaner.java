package io.loomline.cleaner;

import io.loomline.concurrent.Threads;
import io.loomline.log.LogText;
import io.loomline.log.Loggers;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Runs actions after objects have been garbage-collected. One daemon thread runs all of them; it
 * ends when no object has been watched for a moment.
 */
public final class ObjectCleaner {
    private static final Logger LOG = Loggers.of(ObjectCleaner.class);

    /** Long enough that a run of failures needs one thread. */
    private static final long LINGER_MILLIS = 100;

    private static final ReferenceQueue<Object> QUEUE = new ReferenceQueue<>();

    /** Keeps the watches reachable until their objects are collected. */
    private static final Set<Watch> WATCHES = ConcurrentHashMap.newKeySet();

    /** Orders the end of the thread against new watches. */
    private static final ReentrantLock LOCK = new ReentrantLock();

    /** Guarded by the lock. */
    private static @Nullable Thread thread;

    private ObjectCleaner() {}

    /** The action for one object. */
    public static final class Watch extends PhantomReference<Object> {
        private final Object owner;
        private final Runnable action;

        private Watch(Object object, Object owner, Runnable action) {
            super(object, QUEUE);
            this.owner = owner;
            this.action = action;
        }

        /** Drops the action, unless it has run. */
        public void end() {
            WATCHES.remove(this);
            if (WATCHES.isEmpty()) enqueue(); // the thread may end
        }

        private void act() {
            if (!WATCHES.remove(this)) return;
            try {
                action.run();
            } catch (Throwable e) {
                log(e);
            }
        }

        /** Never throws, even if the logger fails: the thread must run the other actions. */
        private static void log(Throwable e) {
            try {
                LOG.error("the action for a garbage-collected object failed", LogText.printable(e));
            } catch (Throwable again) {
                e.addSuppressed(again); // no way is left to report it
            }
        }
    }

    /**
     * Runs an action once, after an object has been collected.
     *
     * @param object the object
     * @param owner identifies the action for {@link #endAll}
     * @param action runs on a shared thread; must neither refer to the object nor block
     * @return the watch, which can be ended
     */
    public static Watch whenCollected(Object object, Object owner, Runnable action) {
        var watch = new Watch(object, owner, action);
        WATCHES.add(watch);
        LOCK.lock();
        try {
            if (thread == null || !thread.isAlive()) thread = start();
        } catch (OutOfMemoryError e) { // too many threads: the next watch tries again
            LOG.debug("no thread watches for collected objects until the next attempt", e);
        } finally {
            LOCK.unlock();
        }
        return watch;
    }

    /**
     * Runs an action once, after an object has been collected.
     *
     * @param object the object
     * @param action runs on a shared thread; must neither refer to the object nor block
     * @return the watch, which can be ended
     */
    public static Watch whenCollected(Object object, Runnable action) {
        return whenCollected(object, action, action);
    }

    /**
     * Ends all watches of an owner.
     *
     * @param owner the owner
     */
    public static void endAll(Object owner) {
        for (Watch each : WATCHES) {
            if (each.owner == owner) each.end();
        }
    }

    /**
     * Visits the actions of an owner whose objects were not collected yet.
     *
     * @param owner the owner
     * @param visitor gets each action
     */
    public static void forEachAction(Object owner, Consumer<? super Runnable> visitor) {
        for (Watch each : WATCHES) {
            if (each.owner == owner) visitor.accept(each.action);
        }
    }

    private static Thread start() {
        Thread started = Threads.daemon("loomline-collected", ObjectCleaner::run);
        started.start();
        return started;
    }

    private static void run() {
        Reference<?> next;
        do {
            next = take();
            if (next instanceof Watch collected) collected.act();
        } while (next != null || !mayEnd());
    }

    /** Waits for the next watch whose object was collected; null after a moment without watches. */
    private static @Nullable Reference<?> take() {
        try {
            return QUEUE.remove(WATCHES.isEmpty() ? LINGER_MILLIS : 0);
        } catch (InterruptedException e) { // from code that found the thread: the caller goes on
            return null;
        }
    }

    /** Whether no watch is left. If so, the next watch starts another thread. */
    private static boolean mayEnd() {
        LOCK.lock();
        try {
            if (!WATCHES.isEmpty()) return false;
            thread = null;
            return true;
        } finally {
            LOCK.unlock();
        }
    }
}
