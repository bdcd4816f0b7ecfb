package io.loomline.task;

import io.loomline.flight.TaskEvents;
import io.loomline.task.supervision.CancelWatchdog;
import io.loomline.task.supervision.Cancellation;
import io.loomline.task.supervision.ExitWatchdog;
import io.loomline.task.supervision.RunningThread;
import io.loomline.task.supervision.ScopeAccess;

import org.jspecify.annotations.Nullable;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * A node of the cancellation tree: a group, a task, or a section of a task's code. A cancel marks
 * its own node only. Code is cancelled if a node on the way from its innermost node up to the root
 * is marked, so a mark also covers nodes that are added later.
 *
 * <pre>
 *   live ──cancel──▶ cancelled        (final)
 * </pre>
 */
abstract class Scope {
    private static final VarHandle MARK;
    private static final VarHandle CHILDREN;

    static {
        try {
            var lookup = MethodHandles.lookup();
            MARK = lookup.findVarHandle(Scope.class, "mark", Cancellation.class);
            CHILDREN = lookup.findVarHandle(Scope.class, "children", Set.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /**
     * Counts cancels and expired shields in all trees. Code that was not cancelled at a count is
     * not cancelled until the count changes, and need not walk up the tree again.
     */
    private static final AtomicInteger CHANGES = new AtomicInteger();

    /** Keeps these methods out of the public API of tasks and groups, which are scopes. */
    static final ScopeAccess<Scope> ACCESS =
            new ScopeAccess<>() {
                @Override
                public void wake(Scope scope) {
                    scope.wake();
                }

                @Override
                public boolean hasEnded(Scope scope) {
                    return scope.hasEnded();
                }

                @Override
                public void forEachThread(Scope scope, Consumer<? super RunningThread> visitor) {
                    scope.forEachThread(visitor);
                }

                @Override
                public String label(Scope scope) {
                    return scope.label();
                }
            };

    final @Nullable Scope parent;

    /** Written once, by the first thread that cancels; read by all threads beneath. */
    private volatile @Nullable Cancellation mark;

    /** The groups that this node owns, in a concurrent set; null before the first one. */
    private volatile @Nullable Set<Child> children;

    Scope(@Nullable Scope parent) {
        this.parent = parent;
    }

    /** Interrupts cancelled code again until it ends. */
    abstract CancelWatchdog<Scope> watchdog();

    /** Interrupts the threads inside that are cancelled. */
    abstract void wake();

    /** Whether nothing runs inside, so that a cancel has nothing left to end. */
    abstract boolean hasEnded();

    /** Calls the visitor for each thread that runs inside. */
    abstract void forEachThread(Consumer<? super RunningThread> visitor);

    /** The name in messages. */
    abstract String label();

    /** Interrupts the code again until it ends, because this node or one above it is cancelled. */
    final void startWatchdog() {
        watchdog().watch(this);
    }

    /** To be called when the code has ended. */
    final void stopWatchdog() {
        watchdog().unwatch(this);
    }

    /**
     * To be called before the calling thread waits for the code inside, which may have called
     * {@link System#exit}. Shutdown hooks are platform threads, so waits of virtual threads do not
     * matter.
     */
    final void prepareToWait() {
        if (!Thread.currentThread().isVirtual()) ExitWatchdog.watch(this, ACCESS);
    }

    @Override
    public String toString() {
        return label();
    }

    /** Whether this node hides outer cancels from the code inside. */
    boolean isShield() {
        return false;
    }

    /** The owner of this node if it is not an ancestor; a cancel of it holds here as well. */
    @Nullable Scope outsideOwner() {
        return null;
    }

    /** A group that code inside must not wait for, although it is not an ancestor. */
    @Nullable Scope callbackGroup() {
        return null;
    }

    /** The node that owns the groups which are opened here: it closes them. */
    Scope groupOwner() {
        return this;
    }

    /** Cancels this node; whether this call was the first. */
    final boolean mark(String reason) {
        if (mark != null) return false;
        if (!MARK.compareAndSet(this, null, cancelledFor(reason))) return false;
        changed();
        try {
            startWatchdog(); // before the wake: code that ends at once stops the watchdog
            if (TaskEvents.areCancelsOn()) TaskEvents.cancel(label(), reason);
        } finally { // even if there is no memory to log that it could not start
            wake();
        }
        return true;
    }

    /** A cancel must succeed without memory: other code may wait for it. */
    private Cancellation cancelledFor(String reason) {
        try {
            return Cancellation.of(label(), reason);
        } catch (OutOfMemoryError e) {
            return Cancellation.UNEXPLAINED;
        }
    }

    /** To be called after each change that may cancel code, before threads are woken for it. */
    static void changed() {
        CHANGES.getAndIncrement();
    }

    static int changes() {
        return CHANGES.get();
    }

    /** Whether this node itself was cancelled. */
    final boolean isMarked() {
        return mark != null;
    }

    /** The nearest cancel that holds for code in this node, or null. */
    final @Nullable Cancellation cancellation() {
        for (Scope node = this; node != null; node = node.parent) {
            Cancellation found = node.mark;
            if (found != null) return found;
            if (node.isShield()) return null;
            Scope owner = node.outsideOwner();
            Cancellation ofOwner = owner == null ? null : owner.cancellation();
            if (ofOwner != null) return ofOwner;
        }
        return null;
    }

    final boolean isInside(Scope ancestor) {
        for (Scope node = this; node != null; node = node.parent) {
            if (node == ancestor) return true;
            Scope owner = node.outsideOwner();
            if (owner != null && owner.isInside(ancestor)) return true;
        }
        return false;
    }

    /** The groups that this node owns and that are not closed yet. */
    final Set<Child> children() {
        Set<Child> present = children;
        return present == null ? Set.of() : present;
    }

    final void addChild(Child child) {
        if (children == null) CHILDREN.compareAndSet(this, null, ConcurrentHashMap.newKeySet());
        children().add(child);
    }

    final void removeChild(Child child) {
        if (children != null) children().remove(child);
    }

    /** A group, as its owner sees it. */
    abstract static class Child extends Scope {
        Child(@Nullable Scope parent) {
            super(parent);
        }

        /** Cancels the tasks inside, waits for them, and removes the group from its owner. */
        abstract void close();

        /** Whether no task runs inside. */
        abstract boolean isEmpty();

        /** The thread of one of the tasks inside; null if there is none. */
        abstract @Nullable Thread anyThread();

        /** Waits until no task runs inside. */
        abstract void awaitEmpty() throws InterruptedException;
    }
}
