package io.loomline.task;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Those who are present, in the order in which they came: coming, leaving and walking past all of
 * them cost what they must and no more. (With a {@code ConcurrentHashMap}, a task that does nothing
 * took half as long again.)
 */
final class Roster<T> {
    /** Enough that threads on some carriers seldom meet at a lock. A power of two. */
    private static final int STRIPES = 8;

    private final Stripe<T>[] stripes;

    /** Where someone stands: a node of a list that is guarded by its stripe's lock. */
    static final class Place<T> {
        private final Stripe<T> stripe;
        private final T who;
        private @Nullable Place<T> before;
        private @Nullable Place<T> after;

        private Place(Stripe<T> stripe, T who) {
            this.stripe = stripe;
            this.who = who;
        }
    }

    private static final class Stripe<T> {
        final ReentrantLock lock = new ReentrantLock();

        // guarded by the lock
        @Nullable Place<T> first;
        @Nullable Place<T> last;

        /** Read by anyone, who may see it a little late. */
        volatile int count;
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    Roster() {
        stripes = new Stripe[STRIPES];
        for (int i = 0; i < STRIPES; i++) stripes[i] = new Stripe<>();
    }

    /**
     * Lets someone in.
     *
     * @param number spreads those who come at the same time
     */
    @SuppressWarnings("NonAtomicVolatileUpdate") // under the lock
    Place<T> add(T who, long number) {
        Stripe<T> stripe = stripes[(int) number & (STRIPES - 1)];
        var place = new Place<>(stripe, who);
        stripe.lock.lock();
        try {
            place.before = stripe.last;
            if (stripe.last == null) stripe.first = place;
            else stripe.last.after = place;
            stripe.last = place;
            stripe.count++;
        } finally {
            stripe.lock.unlock();
        }
        return place;
    }

    /** Lets someone out, who is in. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // under the lock
    static <T> void remove(Place<T> place) {
        Stripe<T> stripe = place.stripe;
        stripe.lock.lock();
        try {
            if (place.before == null) stripe.first = place.after;
            else place.before.after = place.after;
            if (place.after == null) stripe.last = place.before;
            else place.after.before = place.before;
            stripe.count--;
        } finally {
            stripe.lock.unlock();
        }
    }

    int size() {
        int size = 0;
        for (Stripe<T> stripe : stripes) size += stripe.count;
        return size;
    }

    /** Those who are in; one who comes meanwhile may be missing. */
    List<T> list() {
        List<T> all = new ArrayList<>(size());
        for (Stripe<T> stripe : stripes) {
            stripe.lock.lock();
            try {
                for (Place<T> p = stripe.first; p != null; p = p.after) all.add(p.who);
            } finally {
                stripe.lock.unlock();
            }
        }
        return all;
    }
}
