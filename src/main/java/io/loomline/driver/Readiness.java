package io.loomline.driver;

import io.loomline.driver.carrier.TimeSlice;

import org.jspecify.annotations.Nullable;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;

/**
 * The place where the one thread that waits for one direction of a channel parks. A driver keeps
 * one for each direction.
 *
 * <pre>
 *   nobody ──arm──▶ armed ──signal, or the waiter gives up──▶ nobody
 * </pre>
 *
 * <p>The waiter arms, then looks once more whether it must wait at all, then parks; whoever makes
 * the direction ready changes the state first and signals then. So no signal is lost.
 */
public final class Readiness {
    private static final VarHandle WAITER;

    static {
        try {
            WAITER = MethodHandles.lookup().findVarHandle(Readiness.class, "waiter", Thread.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Set by the waiter; cleared by the waiter and by whoever signals. */
    private volatile @Nullable Thread waiter;

    /** Creates one at which nobody waits. */
    public Readiness() {}

    /** Announces that the calling thread is about to wait; signals are kept from here on. */
    public void arm() {
        waiter = Thread.currentThread();
    }

    /** Takes {@link #arm} back: there is nothing to wait for. */
    public void disarm() {
        waiter = null;
    }

    /**
     * Whether a thread waits, or is about to.
     *
     * @return true between {@link #arm} and the signal
     */
    public boolean isArmed() {
        return waiter != null;
    }

    /**
     * Parks the calling thread, which has armed, unless it was signalled since. <i>Blocks.</i> May
     * return early without a reason.
     *
     * @throws InterruptedException if the thread was interrupted; the status is cleared
     */
    public void park() throws InterruptedException {
        if (waiter != null) {
            LockSupport.park(this);
            TimeSlice.renew();
        }
        waiter = null;
        if (Thread.interrupted()) throw new InterruptedException();
    }

    /**
     * Wakes the thread that waits.
     *
     * @return false if there is none
     */
    public boolean signal() {
        if (waiter == null) return false;
        // in one step: whoever is taken off is woken, also one that has come in another's place
        Thread waiting = (Thread) WAITER.getAndSet(this, null);
        LockSupport.unpark(waiting);
        return waiting != null;
    }
}
