package io.loomline.task.supervision;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Those who are inside, in the order in which they came, and those who wait until nobody is. Each
 * has a slot on a page; a page whose slots were all used and left is torn out. So coming and going
 * take no lock but once a page, and someone who stays long keeps one page alive and not more.
 *
 * <pre>
 *   oldest ─▶ [ ∙ B ∙ D ] ─▶ [ E F ∙ H ] ─▶ [ I J _ _ ] ◀─ newest
 * </pre>
 */
public final class TaskRegistry<M> {
    /** Bounds what one who stays can hold, and makes the lock rare. */
    private static final int SLOTS = 32;

    /** Some slots, each used once. */
    public static final class Page<M> {
        private static final int LEFT_SHIFT = 32;

        private final AtomicReferenceArray<@Nullable M> slots = new AtomicReferenceArray<>(SLOTS);

        /** How many have left, and below that how many came: more than fit, if several met. */
        private final AtomicLong counts = new AtomicLong();

        // written under the lock; a page that was torn out still leads to those that came later
        private volatile @Nullable Page<M> later;
        private @Nullable Page<M> earlier;
        private boolean tornOut;

        private int takeSlot() {
            return (int) counts.getAndIncrement();
        }

        /** Whether nobody is left now; more may come, unless the page is used up. */
        private boolean leaveSlot() {
            return isEmpty(counts.addAndGet(1L << LEFT_SHIFT));
        }

        private boolean isEmpty() {
            return isEmpty(counts.get());
        }

        private boolean isUsedUp() {
            return counts.get() >>> LEFT_SHIFT == SLOTS;
        }

        private static boolean isEmpty(long counts) {
            return counts >>> LEFT_SHIFT == Math.min((int) counts, SLOTS);
        }

        private int slotOf(M member) {
            int slot = 0;
            while (slots.getOpaque(slot) != member) slot++;
            return slot;
        }
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition empty = lock.newCondition();

    /** How many threads wait until nobody is inside. */
    private final AtomicInteger waiting = new AtomicInteger();

    // written under the lock
    private volatile @Nullable Page<M> oldest;
    private volatile @Nullable Page<M> newest;

    /** Lets someone in, to be found by every walk that begins from now on; on which page. */
    public Page<M> enter(M member) {
        while (true) {
            Page<M> page = newest;
            int slot = page == null ? SLOTS : page.takeSlot();
            if (page != null && slot < SLOTS) {
                page.slots.set(slot, member);
                return page;
            }
            turn(page);
        }
    }

    /** Adds a page, unless another thread has. */
    private void turn(@Nullable Page<M> full) {
        lock.lock();
        try {
            if (newest != full) return;
            var page = new Page<M>();
            page.earlier = full;
            if (full == null) oldest = page;
            else full.later = page;
            newest = page;
            if (full != null && full.isUsedUp()) tearOut(full);
        } finally {
            lock.unlock();
        }
    }

    /** Lets out who is on the page. */
    public void leave(M member, Page<M> page) {
        page.slots.setRelease(page.slotOf(member), null);
        if (!page.leaveSlot() || (waiting.get() == 0 && !page.isUsedUp())) return;
        lock.lock();
        try {
            // the newest one goes when it is turned
            if (page.isUsedUp() && page != newest) tearOut(page);
            if (waiting.get() > 0 && isEmpty()) empty.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void tearOut(Page<M> page) {
        if (page.tornOut) return;
        page.tornOut = true;
        Page<M> earlier = page.earlier;
        Page<M> later = page.later;
        if (earlier == null) oldest = later;
        else earlier.later = later;
        if (later != null) later.earlier = earlier;
        page.earlier = null;
    }

    /** Walks through those who are on it. Who comes or goes meanwhile is met or not. */
    public void forEach(Consumer<? super M> visitor) {
        for (Page<M> page = oldest; page != null; page = page.later) {
            for (int slot = 0; slot < SLOTS; slot++) {
                M member = page.slots.get(slot);
                if (member != null) visitor.accept(member);
            }
        }
    }

    /** Who has been inside for the longest, or almost so; null if nobody is inside. */
    public @Nullable M first() {
        for (Page<M> page = oldest; page != null; page = page.later) {
            for (int slot = 0; slot < SLOTS; slot++) {
                M member = page.slots.get(slot);
                if (member != null) return member;
            }
        }
        return null;
    }

    /** Whether everyone who came has left. */
    public boolean isEmpty() {
        for (Page<M> page = oldest; page != null; page = page.later) {
            if (!page.isEmpty()) return false;
        }
        return true;
    }

    /** That nobody is inside goes before an interrupt, which then stays in the status. */
    public void awaitEmpty() throws InterruptedException {
        try {
            awaitEmptyOrInterrupt();
        } catch (InterruptedException e) {
            if (!isEmpty()) throw e;
            Thread.currentThread().interrupt();
        }
    }

    private void awaitEmptyOrInterrupt() throws InterruptedException {
        if (isEmpty()) return;
        lock.lockInterruptibly();
        try {
            waiting.incrementAndGet();
            while (!isEmpty()) empty.await();
        } finally {
            waiting.decrementAndGet();
            lock.unlock();
        }
    }

    /** Waits whatever happens; an interrupt meanwhile is kept in the thread's status. */
    public void awaitEmptyUninterruptibly() {
        if (isEmpty()) return;
        lock.lock();
        try {
            waiting.incrementAndGet();
            while (!isEmpty()) empty.awaitUninterruptibly();
        } finally {
            waiting.decrementAndGet();
            lock.unlock();
        }
    }
}
