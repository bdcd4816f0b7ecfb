package io.loomline.driver.carrier;

import io.loomline.log.Loggers;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The scheduler's limit of carriers, which is one while a user asks for that.
 *
 * <pre>
 *   all ──ask──▶ one ──lift, or the user's loop has no turn any more──▶ all
 * </pre>
 *
 * <p><i>Threads:</i> a thread of the system sets the limit, because it runs whatever holds the
 * carriers: something that computes on the only one is noticed after some milliseconds. Everything
 * else may be called by any thread.
 */
public final class CarrierControl {
    private static final Logger LOG = Loggers.of(CarrierControl.class);

    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private static final CarrierControl ADAPTIVE =
            new CarrierControl(Scheduler::ofThisJvm, System::nanoTime);

    /** The only one that may adapt the number of carriers, because that is the whole JVM's. */
    private static final AtomicReference<@Nullable Object> OWNER = new AtomicReference<>();

    /** None if the limit is fixed. */
    private final @Nullable Supplier<Scheduler> source;

    private final LongSupplier nanoTime;
    private final List<User> users = new CopyOnWriteArrayList<>();

    /** The user for which one carrier is enough. */
    private final AtomicReference<@Nullable User> asking = new AtomicReference<>();

    private final AtomicReference<@Nullable Thread> setter = new AtomicReference<>();

    /** The scheduler while it has one carrier. */
    private volatile @Nullable Scheduler limited;

    private volatile boolean isGivenUp;

    /** Whether nobody may ask, because carriers are held. */
    private volatile boolean suspended;

    // the setter's
    private @Nullable Scheduler scheduler;
    private int carriersBefore;
    private long waitingBefore;

    /**
     * The control that adapts the number of carriers, if no other owner has it; otherwise one that
     * leaves the number alone.
     */
    public static CarrierControl adaptiveFor(Object owner) {
        if (Carriers.COUNT == 1) return fixed();
        if (OWNER.compareAndSet(null, owner)) return ADAPTIVE;
        LOG.debug("the number of carriers is adapted for another runtime: {} leaves it", owner);
        return fixed();
    }

    /** The owner's loops have ended. */
    public static void release(Object owner) {
        OWNER.compareAndSet(owner, null);
    }

    /** A control that leaves the number of carriers alone. */
    public static CarrierControl fixed() {
        var limit = new CarrierControl(null, System::nanoTime);
        if (Carriers.COUNT > 1) return limit;
        try {
            limit.limited = Scheduler.ofThisJvm();
        } catch (LinkageError e) {
            LOG.debug("nobody can tell whether threads wait for the carrier", e);
        }
        return limit;
    }

    /** The source is asked once it is needed, by a thread that may take its time. */
    CarrierControl(@Nullable Supplier<Scheduler> source, LongSupplier nanoTime) {
        this.source = source;
        this.nanoTime = nanoTime;
    }

    /** Who may ask for one carrier. */
    interface User {
        /** Whether it did nothing lately, though it may have had something to do. */
        boolean isStill();

        /** Whether it waits for something to do. */
        boolean isWaiting();

        /** It was still, and so has not one carrier alone any more. */
        void stopped();
    }

    LongSupplier nanoTime() {
        return nanoTime;
    }

    void add(User user) {
        users.add(user);
    }

    void remove(User user) {
        users.remove(user);
        lift(user);
        LockSupport.unpark(setter.get()); // which ends with the last one
    }

    /** Asks for one carrier, unless others have work, too. */
    void ask(User user) {
        if (source == null || isGivenUp || suspended || !isAlone(user)) return;
        if (!asking.compareAndSet(null, user)) return;
        if (setter.get() == null) start(source);
        LockSupport.unpark(setter.get());
    }

    /** Whether no other loop has had a turn lately. */
    boolean isAlone(User user) {
        for (User other : users) {
            if (other != user && !other.isStill()) return false;
        }
        return true;
    }

    boolean isAsking(User user) {
        return asking.get() == user;
    }

    void lift(User user) {
        if (asking.compareAndSet(user, null)) LockSupport.unpark(setter.get());
    }

    /**
     * Nobody may ask for one carrier until {@link #resume}: carriers are held.
     *
     * @return whether there is one only, which takes a moment to change
     */
    static boolean suspend() {
        ADAPTIVE.suspended = true;
        LockSupport.unpark(ADAPTIVE.setter.get());
        return ADAPTIVE.limited != null && ADAPTIVE.setter.get() != null;
    }

    static void resume() {
        ADAPTIVE.suspended = false;
    }

    /** Whether threads wait for the one carrier. */
    boolean isShort() {
        Scheduler present = limited;
        return present != null && present.waitingThreads() > 0;
    }

    /** Whether a thread is there that sets the limit. */
    boolean isWatched() {
        return setter.get() != null;
    }

    private void start(Supplier<Scheduler> source) {
        Thread thread =
                Thread.ofPlatform()
                        .daemon()
                        .inheritInheritableThreadLocals(false)
                        .name("loomline-carriers")
                        .unstarted(() -> run(source));
        if (!setter.compareAndSet(null, thread)) return;
        try {
            thread.start();
        } catch (OutOfMemoryError e) { // there are too many threads
            giveUp(e);
        }
    }

    private void run(Supplier<Scheduler> source) {
        try {
            scheduler = source.get();
            do followAll();
            while (!mayEnd());
        } catch (UnsupportedOperationException | LinkageError e) {
            isGivenUp = true;
            LOG.debug("this JVM's number of carriers cannot be set: it stays as it is", e);
        } catch (RuntimeException | Error e) {
            giveUp(e);
            useAll();
        }
    }

    private void giveUp(Throwable reason) {
        isGivenUp = true;
        LOG.warn("the number of carriers is not adapted any more: all are used", reason);
    }

    /** Until the last user has gone. */
    private void followAll() {
        do {
            follow();
            Thread.interrupted(); // with the status set, nobody can park
            if (asking.get() == null) LockSupport.park(this);
            else LockSupport.parkNanos(this, LOOK_NANOS);
        } while (!users.isEmpty());
        useAll();
    }

    /** Whoever asks from here on starts another, unless this one sees that in time. */
    private boolean mayEnd() {
        Thread own = setter.getAndSet(null);
        return asking.get() == null || !setter.compareAndSet(null, own);
    }

    /** On the setter: does what is asked for, as long as it does good. */
    private void follow() {
        User user = asking.get();
        if (suspended && user != null) {
            user.stopped();
            lift(user);
            user = null;
        } else if (user == null || !user.isStill()) {
            waitingBefore = 0; // looks that are compared follow each other
        } else if (user.isWaiting() || isStuck()) {
            user.stopped();
            lift(user);
            user = null;
        }
        if (user == null) useAll();
        else useOne();
    }

    /** Whether threads wait for the carrier, and not fewer than at the last look. */
    private boolean isStuck() {
        Scheduler present = limited;
        long before = waitingBefore;
        waitingBefore = present == null ? 0 : present.waitingThreads();
        return before > 0 && waitingBefore >= before;
    }

    private void useOne() {
        Scheduler present = scheduler;
        if (limited != null || present == null) return;
        carriersBefore = present.carriers();
        if (carriersBefore == 1) return; // as somebody else wants it
        LOG.trace("one carrier is enough, of {}", carriersBefore);
        limited = present; // first: a rescue must not take the one for the usual number
        present.useCarriers(1);
        waitingBefore = 0;
    }

    /** Leaves it alone if somebody else has set it meanwhile. */
    private void useAll() {
        Scheduler present = limited;
        if (present == null) return;
        LOG.trace("all carriers are used again");
        if (present.carriers() == 1) present.useCarriers(carriersBefore);
        limited = null; // last: as above
    }
}
