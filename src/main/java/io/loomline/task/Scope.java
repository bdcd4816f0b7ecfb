package io.loomline.task;

import io.loomline.task.supervision.CancelWatchdog;
import io.loomline.task.supervision.Cancellable;
import io.loomline.task.supervision.Cancellation;
import io.loomline.task.supervision.ExitWatchdog;
import io.loomline.task.supervision.RunningThread;

import org.jspecify.annotations.Nullable;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * A node of the cancellation tree: a group, a task, or a stretch of a task's code. A cancel marks
 * its own node only; whether code is cancelled is found by looking from its innermost node up to
 * the root, so a mark holds for everything beneath it, also for what is added later.
 *
 * <pre>
 *   live ──cancel──▶ cancelled        (for good: a node is never revived)
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
     * How often anything was cancelled, or a shield was over, in any tree: while it stands still,
     * code that was not cancelled when it last looked up the tree need not look again.
     */
    private static final AtomicInteger CHANGES = new AtomicInteger();

    private final @Nullable Scope parent;

    /** Written once, by whichever thread cancels first; read by every thread beneath. */
    private volatile @Nullable Cancellation mark;

    /** What was opened here, made at the first one; a concurrent set. */
    private volatile @Nullable Set<Child> children;

    Scope(@Nullable Scope parent) {
        this.parent = parent;
    }

    /** Reminds cancelled code that does not end. */
    abstract CancelWatchdog watchdog();

    /** Interrupts the threads inside that are blocked and cancelled. */
    abstract void wake();

    /** Whether nothing runs inside, and nothing will. */
    abstract boolean isQuiet();

    /** Calls the visitor for each thread that runs inside. */
    abstract void visit(Consumer<? super RunningThread> visitor);

    /** The name for messages. */
    abstract String label();

    private Cancellable view() {
        return new Cancellable(this, this::wake, this::isQuiet, this::visit);
    }

    /** Stops reminding the code, which has ended. */
    final void forgetCancel() {
        watchdog().forget(view());
    }

    /** Reminds code that was cancelled from above, as if this scope itself had been. */
    final void remind() {
        watchdog().watch(view());
    }

    /**
     * The calling thread is about to wait for the code inside, which may have called {@link
     * System#exit}. Shutdown hooks are threads of the system, so waits of virtual threads do not
     * matter; the watchdog looks after the code that they cancel.
     */
    final void prepareToWait() {
        if (!Thread.currentThread().isVirtual()) ExitWatchdog.lookAfter(view());
    }

    @Override
    public String toString() {
        return label();
    }

    /** Whether code inside is hidden from cancels that come from outside. */
    boolean isShield() {
        return false;
    }

    /** A node that is not above this one, but whose cancel holds here as well. */
    @Nullable Scope host() {
        return null;
    }

    /** A node that is not above this one, but that code in this one must not wait for. */
    @Nullable Scope visited() {
        return null;
    }

    /** The node that keeps the groups which are opened here. */
    Scope home() {
        return this;
    }

    final @Nullable Scope parent() {
        return parent;
    }

    /** Whether this call was the one that cancelled. */
    final boolean mark(String reason) {
        if (mark != null) return false;
        if (!MARK.compareAndSet(this, null, cancelledFor(reason))) return false;
        changed();
        watchdog().watch(view()); // first: what ends at once is forgotten after it
        wake();
        return true;
    }

    /** Those who wait for a cancel must not wait for memory. */
    private Cancellation cancelledFor(String reason) {
        try {
            return new Cancellation(label(), reason);
        } catch (OutOfMemoryError e) {
            return Cancellation.UNEXPLAINED;
        }
    }

    /** To be called after each change that may cancel code, before anyone is woken for it. */
    static void changed() {
        CHANGES.getAndIncrement();
    }

    static int changes() {
        return CHANGES.get();
    }

    /** Whether this very node was cancelled, whatever holds above it. */
    final boolean isMarked() {
        return mark != null;
    }

    /** The nearest cancel that holds for code in this node, or null. */
    final @Nullable Cancellation cancellation() {
        for (Scope node = this; node != null; node = node.parent) {
            Cancellation found = node.mark;
            if (found != null) return found;
            if (node.isShield()) return null;
            Scope host = node.host();
            Cancellation ofHost = host == null ? null : host.cancellation();
            if (ofHost != null) return ofHost;
        }
        return null;
    }

    final boolean isInside(Scope ancestor) {
        for (Scope node = this; node != null; node = node.parent) {
            if (node == ancestor) return true;
            Scope host = node.host();
            if (host != null && host.isInside(ancestor)) return true;
        }
        return false;
    }

    /** The groups that were opened here and are not closed yet. */
    final Set<Child> children() {
        Set<Child> present = children;
        return present == null ? Set.of() : present;
    }

    final void adopt(Child child) {
        if (children == null) CHILDREN.compareAndSet(this, null, ConcurrentHashMap.newKeySet());
        children().add(child);
    }

    final void release(Child child) {
        if (children != null) children().remove(child);
    }

    /** A group, as the node in which it was opened knows it. */
    abstract static class Child extends Scope {
        Child(@Nullable Scope parent) {
            super(parent);
        }

        /** Cancels what is inside, waits for it, and takes itself out of its parent. */
        abstract void close();

        /** Whether nothing runs inside. */
        abstract boolean isEmpty();

        /** The thread of one of the tasks inside; null if there is none. */
        abstract @Nullable Thread anyThread();

        /** Waits until nothing runs inside; an interrupt ends the waiting. */
        abstract void awaitEmpty() throws InterruptedException;
    }
}
