package io.loomline.cleaner;

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

/**
 * What is to be done when an object that somebody had was collected: one thread for all, which ends
 * when there has been nothing to watch for a moment.
 */
public final class ObjectCleaner {
    private static final Logger LOG = Loggers.of(ObjectCleaner.class);

    /** Long enough that a run of failures needs one thread. */
    private static final long LINGER_MILLIS = 100;

    private static final ReferenceQueue<Object> QUEUE = new ReferenceQueue<>();

    /** Keeps the watches themselves from being collected. */
    private static final Set<Watch> WATCHES = ConcurrentHashMap.newKeySet();

    /** Orders the thread's end against those who need it. */
    private static final ReentrantLock LOCK = new ReentrantLock();

    /** Guarded by the lock. */
    private static @Nullable Thread thread;

    private ObjectCleaner() {}

    /** An object, and what is to be done when it was collected. */
    public static final class Watch extends PhantomReference<Object> {
        private final Object owner;
        private final Runnable action;

        private Watch(Object object, Object owner, Runnable action) {
            super(object, QUEUE);
            this.owner = owner;
            this.action = action;
        }

        /** There is no more to be done for the object. */
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

        /** The thread goes on for the others, though the log fails, too. */
        private static void log(Throwable e) {
            try {
                LOG.error(
                        "what was to be done for an object that was collected failed",
                        LogText.printable(e));
            } catch (Throwable again) {
                e.addSuppressed(again); // there is nobody left who could be told
            }
        }
    }

    /**
     * Runs an action once, when an object was collected.
     *
     * @param object the object
     * @param owner what the action is done for: {@link #endAll}
     * @param action what to do, on a thread for all; must not refer to the object, nor block
     * @return ends it
     */
    public static Watch whenCollected(Object object, Object owner, Runnable action) {
        var watch = new Watch(object, owner, action);
        WATCHES.add(watch);
        LOCK.lock();
        try {
            if (thread == null || !thread.isAlive()) thread = start();
        } catch (OutOfMemoryError e) { // there are too many threads: the next watch starts it
            LOG.debug("nobody watches for objects that are collected for now", e);
        } finally {
            LOCK.unlock();
        }
        return watch;
    }

    /**
     * Runs an action once, when an object was collected.
     *
     * @param object the object
     * @param action what to do, on a thread for all; must not refer to the object, nor block
     * @return ends it
     */
    public static Watch whenCollected(Object object, Runnable action) {
        return whenCollected(object, action, action);
    }

    /**
     * There is no more to be done for an owner, though its objects may live on.
     *
     * @param owner whose watches end
     */
    public static void endAll(Object owner) {
        for (Watch each : WATCHES) {
            if (each.owner == owner) each.end();
        }
    }

    private static Thread start() {
        return Thread.ofPlatform()
                .daemon()
                .inheritInheritableThreadLocals(false)
                .name("loomline-collected")
                .start(ObjectCleaner::watch);
    }

    private static void watch() {
        Reference<?> next;
        do {
            next = take();
            if (next instanceof Watch collected) collected.act();
        } while (next != null || !mayEnd());
    }

    /** Waits for the next one; null if there is none to wait for, or a stray interrupt came. */
    private static @Nullable Reference<?> take() {
        try {
            return QUEUE.remove(WATCHES.isEmpty() ? LINGER_MILLIS : 0);
        } catch (InterruptedException e) {
            return null;
        }
    }

    /** Whoever adds a watch from here on starts another thread. */
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
