package io.loomline.task.supervision;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * The running tasks of a group, in the order in which they were started. Each has a slot on a page;
 * a page is unlinked when all of its slots were used and are free again. So entering and leaving
 * take the lock only once a page, and a task that runs for long keeps only its own page alive.
 *
 * <pre>
 *   oldest ─▶ [ ∙ B ∙ D ] ─▶ [ E F ∙ H ] ─▶ [ I J _ _ ] ◀─ newest
 * </pre>
 *
 * @param <M> the type of the tasks
 */
public final class TaskRegistry<M> {
    /** Bounds the memory that one task can keep alive, and makes the lock rare. */
    private static final int SLOTS = 32;

    /** A number of slots, each used once. */
    public static final class Page<M> {
        private static final int LEFT_SHIFT = 32;

        private final AtomicReferenceArray<@Nullable M> slots = new AtomicReferenceArray<>(SLOTS);

        /**
         * The upper half counts the members that left, the lower half those that asked for a slot:
         * more than {@link #SLOTS} if several met at the end of the page.
         */
        private final AtomicLong counts = new AtomicLong();

        // written under the lock; an unlinked page still leads to the pages after it
        private volatile @Nullable Page<M> later;
        private @Nullable Page<M> earlier;
        private boolean unlinked;

        private int takeSlot() {
            return (int) counts.getAndIncrement();
        }

        /** Frees a slot; whether the page is empty now. */
        private boolean leaveSlot() {
            long now = counts.addAndGet(1L << LEFT_SHIFT);
            assert left(now) <= entered(now) : "more members left than entered";
            return isEmpty(now);
        }

        private boolean isEmpty() {
            return isEmpty(counts.get());
        }

        private boolean isFull() {
            return entered(counts.get()) == SLOTS;
        }

        private boolean isUsedUp() {
            return left(counts.get()) == SLOTS;
        }

        private static boolean isEmpty(long counts) {
            return left(counts) == entered(counts);
        }

        private static int left(long counts) {
            return (int) (counts >>> LEFT_SHIFT);
        }

        private static int entered(long counts) {
            return Math.min((int) counts, SLOTS);
        }

        private int slotOf(M member) {
            int slot = 0;
            while (slots.getOpaque(slot) != member) slot++;
            return slot;
        }
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition empty = lock.newCondition();

    /** The number of threads that wait until the registry is empty. */
    private final AtomicInteger waiting = new AtomicInteger();

    // written under the lock
    private volatile @Nullable Page<M> oldest;
    private volatile @Nullable Page<M> newest;

    /** Adds a member, which every walk that begins from now on meets; returns its page. */
    public Page<M> enter(M member) {
        while (true) {
            Page<M> page = newest;
            int slot = page == null ? SLOTS : page.takeSlot();
            if (page != null && slot < SLOTS) {
                assert page.slots.get(slot) == null : "slot " + slot + " is used twice";
                page.slots.set(slot, member);
                return page;
            }
            addPage(page);
        }
    }

    /** Adds a page, unless another thread has. */
    private void addPage(@Nullable Page<M> full) {
        lock.lock();
        try {
            if (newest != full) return;
            assert full == null ? oldest == null : full.isFull() && full.later == null;
            var page = new Page<M>();
            page.earlier = full;
            if (full == null) oldest = page;
            else full.later = page;
            newest = page;
            if (full != null && full.isUsedUp()) unlink(full);
            assert oldest != null && page.later == null : "the newest page is the last";
        } finally {
            lock.unlock();
        }
    }

    /** Removes a member from its page. */
    public void leave(M member, Page<M> page) {
        page.slots.setRelease(page.slotOf(member), null);
        if (!page.leaveSlot() || (waiting.get() == 0 && !page.isUsedUp())) return;
        lock.lock();
        try {
            // the newest page is unlinked when the next one is added
            if (page.isUsedUp() && page != newest) unlink(page);
            if (waiting.get() > 0 && isEmpty()) empty.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void unlink(Page<M> page) {
        if (page.unlinked) return;
        Page<M> earlier = page.earlier;
        Page<M> later = page.later;
        assert lock.isHeldByCurrentThread() && page.isUsedUp() && page != newest;
        assert (earlier == null ? oldest : earlier.later) == page : "linked from the page before";
        assert later != null && later.earlier == page : "linked from the page after";
        page.unlinked = true;
        if (earlier == null) oldest = later;
        else earlier.later = later;
        if (later != null) later.earlier = earlier;
        page.earlier = null;
        assert oldest != page && newest != null : "no longer reachable, and not the last page";
    }

    /** Calls the visitor for each member. One that enters or leaves meanwhile may be missed. */
    public void forEach(Consumer<? super M> visitor) {
        for (Page<M> page = oldest; page != null; page = page.later) {
            for (int slot = 0; slot < SLOTS; slot++) {
                M member = page.slots.get(slot);
                if (member != null) visitor.accept(member);
            }
        }
    }

    /** The oldest member, or almost the oldest; null if there is none. */
    public @Nullable M first() {
        for (Page<M> page = oldest; page != null; page = page.later) {
            for (int slot = 0; slot < SLOTS; slot++) {
                M member = page.slots.get(slot);
                if (member != null) return member;
            }
        }
        return null;
    }

    /** Whether every member that entered has left. */
    public boolean isEmpty() {
        for (Page<M> page = oldest; page != null; page = page.later) {
            if (!page.isEmpty()) return false;
        }
        return true;
    }

    /**
     * Waits until the registry is empty.
     *
     * @throws InterruptedException if the thread was interrupted first. If the registry is empty,
     *     this returns and leaves the interrupt status set
     */
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

    /** Waits until the registry is empty; an interrupt meanwhile stays in the thread's status. */
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
