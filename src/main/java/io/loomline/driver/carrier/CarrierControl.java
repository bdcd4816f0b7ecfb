package io.loomline.driver.carrier;

import io.loomline.concurrent.Threads;
import io.loomline.flight.CarrierEvents;
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
 * Controls the number of carriers of the JVM's scheduler: one while a loop requests that, all
 * otherwise.
 *
 * <pre>
 *   all ──request──▶ one ──withdraw, or the requesting loop does not get the carrier──▶ all
 * </pre>
 *
 * <p><i>Threads:</i> any, but only a platform thread changes the number. It runs even if all
 * carriers are held, so it notices within milliseconds when a computation holds the only one.
 */
public final class CarrierControl {
    private static final Logger LOG = Loggers.of(CarrierControl.class);

    private static final long CHECK_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private static final CarrierControl ADAPTIVE =
            new CarrierControl(Scheduler::ofThisJvm, System::nanoTime);

    /** The owner of the adaptive control: one per JVM, because the carriers are the JVM's. */
    private static final AtomicReference<@Nullable Object> OWNER = new AtomicReference<>();

    /**
     * Whether loops may request a single carrier.
     *
     * <pre>
     *   PERMITTED ◀──suspend, resume──▶ SUSPENDED
     *       └────failure of the setter────┴──▶ DISABLED
     * </pre>
     */
    private enum Requests {
        PERMITTED,
        SUSPENDED,
        DISABLED
    }

    /** Null if the number is fixed. */
    private final @Nullable Supplier<Scheduler> source;

    private final LongSupplier nanoTime;
    private final List<Loop> loops = new CopyOnWriteArrayList<>();
    private final AtomicReference<Requests> requests = new AtomicReference<>(Requests.PERMITTED);

    /** The loop that requests a single carrier. */
    private final AtomicReference<@Nullable Loop> requester = new AtomicReference<>();

    /** The thread that changes the number. */
    private final AtomicReference<@Nullable Thread> setter = new AtomicReference<>();

    /** The scheduler while it has one carrier; null while it has more. Written by the setter. */
    private volatile @Nullable Scheduler limited;

    // confined to the setter
    private @Nullable Scheduler scheduler;
    private int carriersBefore;
    private long queuedBefore;

    /**
     * The control that adapts the number of carriers, if no other owner has it; otherwise one that
     * leaves the number alone.
     */
    public static CarrierControl adaptiveFor(Object owner) {
        if (Carriers.COUNT == 1) return fixed();
        if (OWNER.compareAndSet(null, owner) || OWNER.get() == owner) return ADAPTIVE;
        LOG.debug("another runtime adapts the number of carriers");
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
            LOG.debug("cannot observe whether threads wait for the only carrier", e);
        }
        return limit;
    }

    /** The source is called when first needed, on the setter, because it may be slow. */
    CarrierControl(@Nullable Supplier<Scheduler> source, LongSupplier nanoTime) {
        this.source = source;
        this.nanoTime = nanoTime;
    }

    /** A loop that may request a single carrier. */
    interface Loop {
        /** Whether the loop has not run lately, maybe because it had nothing to do. */
        boolean isInactive();

        /** Whether the loop waits for events. */
        boolean isWaiting();

        /** Called when the setter withdraws the loop's request. */
        void onRevoked();
    }

    LongSupplier nanoTime() {
        return nanoTime;
    }

    void add(Loop loop) {
        loops.add(loop);
    }

    /** Returns false if the loop was removed already. */
    boolean remove(Loop loop) {
        boolean removed = loops.remove(loop);
        withdraw(loop);
        LockSupport.unpark(setter.get()); // which ends with the last loop
        return removed;
    }

    /** Requests a single carrier. Has no effect if other loops are active. */
    void request(Loop loop) {
        if (source == null || requests.get() != Requests.PERMITTED || !isOnlyActive(loop)) return;
        if (!requester.compareAndSet(null, loop)) return;
        if (setter.get() == null) start(source);
        LockSupport.unpark(setter.get());
    }

    /** Whether no other loop has run lately. */
    boolean isOnlyActive(Loop loop) {
        for (Loop other : loops) {
            if (other != loop && !other.isInactive()) return false;
        }
        return true;
    }

    boolean isRequestedBy(Loop loop) {
        return requester.get() == loop;
    }

    void withdraw(Loop loop) {
        if (requester.compareAndSet(loop, null)) LockSupport.unpark(setter.get());
    }

    /**
     * Rejects requests until {@link #resume}, because carriers are held.
     *
     * @return whether only one carrier is in use; using all again takes a moment
     */
    static boolean suspend() {
        ADAPTIVE.requests.compareAndSet(Requests.PERMITTED, Requests.SUSPENDED);
        LockSupport.unpark(ADAPTIVE.setter.get());
        return ADAPTIVE.limited != null && ADAPTIVE.setter.get() != null;
    }

    static void resume() {
        ADAPTIVE.requests.compareAndSet(Requests.SUSPENDED, Requests.PERMITTED);
    }

    /** Whether threads wait for the only carrier. */
    boolean isContended() {
        Scheduler present = limited;
        return present != null && present.waitingThreads() > 0;
    }

    /** Whether the setter runs. */
    boolean isSetterAlive() {
        return setter.get() != null;
    }

    private void start(Supplier<Scheduler> source) {
        Thread thread = Threads.daemon("loomline-carriers", () -> run(source));
        if (!setter.compareAndSet(null, thread)) return;
        try {
            thread.start();
        } catch (OutOfMemoryError e) { // there are too many threads
            disable(e);
        }
    }

    private void run(Supplier<Scheduler> source) {
        try {
            scheduler = source.get();
            do adjustWhileUsed();
            while (!tryEnd());
        } catch (UnsupportedOperationException | LinkageError e) {
            requests.set(Requests.DISABLED);
            LOG.debug("the number of carriers cannot be changed in this JVM", e);
        } catch (RuntimeException | Error e) {
            disable(e);
            useAll();
        }
    }

    private void disable(Throwable reason) {
        requests.set(Requests.DISABLED);
        LOG.warn("the number of carriers is no longer adapted: all are used", reason);
    }

    /** Returns when no loop is left. */
    private void adjustWhileUsed() {
        do {
            adjust();
            Thread.interrupted(); // parking returns at once while the status is set
            if (requester.get() == null) LockSupport.park(this);
            else LockSupport.parkNanos(this, CHECK_NANOS);
        } while (!loops.isEmpty());
        useAll();
    }

    /** A request that finds no setter starts another, unless this one sees the request in time. */
    private boolean tryEnd() {
        Thread own = setter.getAndSet(null);
        return requester.get() == null || !setter.compareAndSet(null, own);
    }

    private void adjust() {
        Loop loop = requester.get();
        if (loop != null && mustRevoke(loop)) {
            loop.onRevoked();
            withdraw(loop);
            loop = null;
        }
        if (loop == null) useAll();
        else useOne();
    }

    private boolean mustRevoke(Loop loop) {
        if (requests.get() == Requests.SUSPENDED) return true;
        if (loop.isInactive()) return loop.isWaiting() || isQueueStuck();
        queuedBefore = 0; // only consecutive checks are compared
        return false;
    }

    /** Whether threads wait for the carrier, and no fewer than at the previous check. */
    private boolean isQueueStuck() {
        Scheduler present = limited;
        long before = queuedBefore;
        queuedBefore = present == null ? 0 : present.waitingThreads();
        return before > 0 && queuedBefore >= before;
    }

    private void useOne() {
        Scheduler present = scheduler;
        if (limited != null || present == null) return;
        carriersBefore = present.carriers();
        if (carriersBefore == 1) return; // set by other code
        LOG.trace("using one carrier instead of {}", carriersBefore);
        limited = present; // first: a rescue must not take the one for the usual number
        present.useCarriers(1);
        CarrierEvents.limit(1, true);
        queuedBefore = 0;
    }

    /** Keeps a number that other code has set meanwhile. */
    private void useAll() {
        Scheduler present = limited;
        if (present == null) return;
        assert carriersBefore > 1 : "restoring " + carriersBefore + " carriers";
        LOG.trace("using all {} carriers again", carriersBefore);
        if (present.carriers() == 1) present.useCarriers(carriersBefore);
        CarrierEvents.limit(present.carriers(), false);
        limited = null; // last: as above
    }
}
