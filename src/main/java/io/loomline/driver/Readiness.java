package io.loomline.driver;

import io.loomline.driver.carrier.TimeSlice;

import org.jspecify.annotations.Nullable;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;

/**
 * Parks the one thread that waits for one direction of a channel. A driver keeps one instance per
 * direction, or extends this class, which saves an object for each connection. A thread dump shows
 * the class of the instance as the park blocker, so the subclasses here say what is waited for.
 *
 * <pre>
 *   no waiter ──arm──▶ armed ──signal, disarm, or the end of the wait──▶ no waiter
 * </pre>
 *
 * <p>The waiter arms, then checks once more whether it must wait, then parks. The signalling thread
 * first changes the state and then signals. So no signal is lost.
 */
public class Readiness {
    private static final VarHandle WAITER;

    static {
        try {
            WAITER = MethodHandles.lookup().findVarHandle(Readiness.class, "waiter", Thread.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Set by the waiter; cleared by the waiter and by the signalling thread. */
    private volatile @Nullable Thread waiter;

    /** A wait for input, or for its end. */
    public static final class ReadWait extends Readiness {
        /** Creates an instance without a waiter. */
        public ReadWait() {}
    }

    /** A wait until the channel takes bytes. */
    public static final class WriteWait extends Readiness {
        /** Creates an instance without a waiter. */
        public WriteWait() {}
    }

    /** A wait of a listener for a connection. */
    public static final class AcceptWait extends Readiness {
        /** Creates an instance without a waiter. */
        public AcceptWait() {}
    }

    /** Creates an instance without a waiter. */
    public Readiness() {}

    /** Announces that the calling thread is about to wait. Later signals are not lost. */
    public final void arm() {
        waiter = Thread.currentThread();
    }

    /** Revokes {@link #arm}: the condition holds already. */
    public final void disarm() {
        waiter = null;
    }

    /**
     * Whether a thread waits or is about to wait.
     *
     * @return true between {@link #arm} and the signal
     */
    public final boolean isArmed() {
        return waiter != null;
    }

    /**
     * Parks the calling thread, unless it was signalled since {@link #arm}. <i>Blocks.</i> May
     * return early for no reason.
     *
     * @throws InterruptedException if the thread was interrupted; the status is cleared
     */
    public final void park() throws InterruptedException {
        if (waiter != null) {
            LockSupport.park(this);
            if (waiter == null) TimeSlice.renew(); // otherwise it may not have waited at all
        }
        waiter = null;
        if (Thread.interrupted()) throw new InterruptedException();
    }

    /**
     * Wakes the waiting thread.
     *
     * @return false if no thread waits
     */
    public final boolean signal() {
        if (waiter == null) return false;
        // in one step: the removed thread is woken, even if it has just replaced another waiter
        Thread waiting = (Thread) WAITER.getAndSet(this, null);
        LockSupport.unpark(waiting);
        return waiting != null;
    }
}
