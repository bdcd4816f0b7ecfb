package io.loomline.task;

import io.loomline.log.SafeLog;
import io.loomline.task.supervision.CancelWatchdog;
import io.loomline.task.supervision.Cancellation;
import io.loomline.task.supervision.ForeignInterrupt;
import io.loomline.task.supervision.RunningThread;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * The scopes of one thread: the thread's own node, and inside it a stack of the scopes that its
 * code has entered. It keeps the thread's interrupt status in step with the tree:
 *
 * <ul>
 *   <li>while the innermost scope is cancelled, the status is set, again at each blocking call;
 *   <li>when the code leaves the cancelled scope, an interrupt that came from here is taken back,
 *       and one that came from elsewhere is left.
 * </ul>
 */
class ScopeStack extends Scope {
    private static final ScopedValue<ScopeStack> CURRENT = ScopedValue.newInstance();

    /**
     * Orders an interrupt that is being sent against the scope being left. Shared by all strands
     * whose thread ids are equal modulo the length, so that a task carries no lock; held for the
     * length of an interrupt, never while another is taken.
     */
    private static final ReentrantLock[] LOCKS = new ReentrantLock[64];

    static {
        for (int i = 0; i < LOCKS.length; i++) LOCKS[i] = new ReentrantLock();
    }

    /** Takes nothing along from whoever starts it: what is to be taken along is registered. */
    private static final ThreadFactory NAMELESS =
            Thread.ofVirtual().inheritInheritableThreadLocals(false).factory();

    private static final ClassLoader USUAL_LOADER = ClassLoader.getSystemClassLoader();

    /** Stands for "no strand": of a thread that never runs. */
    private static final ScopeStack NONE = new ScopeStack(null, null);

    /** Reminds threads that belong to no tree. */
    private static final CancelWatchdog OF_SYSTEM = TreeContext.watchdogBy(SystemClock.INSTANCE);

    private final Thread thread;

    /** Written by this strand's thread under its lock; read by every thread that cancels. */
    private volatile Scope innermost = this;

    /** {@link #changes} when the innermost scope was not cancelled. This strand's thread's. */
    private int changesWhenLooked;

    /** Whether it was looked up since the innermost scope is this one. This strand's thread's. */
    private boolean looked;

    /** Whether the interrupt status is of our making. Guarded by the lock. */
    private boolean interrupting;

    /** Whether the status was set by someone else before we set it. Guarded by the lock. */
    private boolean foreignInterrupt;

    /** Whether a warning has named this strand as one that does not listen. Guarded by the lock. */
    private boolean named;

    /** A task's strand: {@code thread} is not started yet. */
    ScopeStack(@Nullable Scope parent, @Nullable String name) {
        super(parent);
        var run = new Run();
        this.thread =
                name == null
                        ? NAMELESS.newThread(run)
                        : Thread.ofVirtual()
                                .inheritInheritableThreadLocals(false)
                                .name(name)
                                .unstarted(run);
        thread.setUncaughtExceptionHandler(run);
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        if (loader != USUAL_LOADER) thread.setContextClassLoader(loader);
    }

    /** The strand of the calling thread, which is no task. */
    private ScopeStack() {
        super(null);
        this.thread = Thread.currentThread();
    }

    /** The strand that the calling thread is on, or null outside of tasks and scopes. */
    static @Nullable ScopeStack current() {
        Thread self = Thread.currentThread();
        if (self.getUncaughtExceptionHandler() instanceof Run run && run.strand().thread == self) {
            return run.strand();
        }
        ScopeStack strand = CURRENT.orElse(NONE);
        // a thread forked with StructuredTaskScope inherits the value but is not the strand's
        return strand.thread == self ? strand : null;
    }

    /** The strand that the calling thread is on, or a new one for a thread that is on none. */
    static ScopeStack currentOrNew() {
        ScopeStack present = current();
        return present != null ? present : new ScopeStack();
    }

    /** Runs a body on the calling thread, inside a scope whose parent is the innermost one. */
    final <T extends @Nullable Object, X extends Exception> T run(Scope scope, Body<T, X> body)
            throws X, InterruptedException {
        if (current() == this) return runInside(scope, body);
        try {
            return ScopedValue.where(CURRENT, this).call(() -> runInside(scope, body));
        } catch (Exception e) {
            throw ScopeStack.<X>asDeclared(e);
        }
    }

    private <T extends @Nullable Object, X extends Exception> T runInside(
            Scope scope, Body<T, X> body) throws X, InterruptedException {
        Scope outer = innermost;
        move(scope);
        try {
            return body.call();
        } finally {
            move(outer);
        }
    }

    /** {@code ScopedValue.Carrier.call} declares one exception type; a body throws two. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <X extends Exception> X asDeclared(Exception e) throws InterruptedException {
        if (e instanceof InterruptedException interrupted) throw interrupted;
        return (X) e;
    }

    /**
     * What a task's thread runs, and, as its handler, what leads from the thread to the strand: the
     * first look-up of a scoped value gives the thread a cache for all of them, which takes more
     * memory than a task. Where the body has set another handler, the scoped value still leads.
     */
    private final class Run implements Runnable, Thread.UncaughtExceptionHandler {
        @Override
        public void run() {
            try {
                ScopedValue.where(CURRENT, ScopeStack.this).run(ScopeStack.this::runOnThread);
            } catch (Throwable e) { // maybe before it began, for lack of memory
                endAnyway(e);
                throw e;
            }
        }

        /** As if there were no handler. */
        @Override
        public void uncaughtException(Thread thread, Throwable e) {
            thread.getThreadGroup().uncaughtException(thread, e);
        }

        private ScopeStack strand() {
            return ScopeStack.this;
        }
    }

    /** What a task's thread does. */
    void runOnThread() {}

    /** What a task's thread does last if that, or the way to it, has thrown. */
    void endAnyway(Throwable e) {}

    final Thread thread() {
        return thread;
    }

    final Scope innermost() {
        return innermost;
    }

    /** Whether the calling thread runs inside a scope, so that waiting for that could not end. */
    static boolean isCallerInside(Scope scope) {
        ScopeStack caller = current();
        if (caller == null) return false;
        for (Scope node = caller.innermost; node != null; node = node.parent()) {
            Scope visited = node.visited();
            if (visited != null && visited.isInside(scope)) return true;
        }
        return caller.innermost.isInside(scope);
    }

    /**
     * Whether groups that the strand's code opens in a tree are kept by the strand. Callbacks run
     * on the thread of a task that has ended: what they open, the task would not close.
     */
    final boolean canKeepGroupsOf(Scope tree) {
        return isInside(tree) && !isQuiet();
    }

    /** The time that the strand's code waits by. */
    Clock clock() {
        return SystemClock.INSTANCE;
    }

    @Override
    String label() {
        return "thread '" + thread.getName() + "'";
    }

    /** Changes the innermost scope. On this strand's thread. */
    private void move(Scope scope) {
        ReentrantLock lock = lock();
        lock.lock();
        try {
            innermost = scope;
            looked = false;
            if (scope.cancellation() != null) {
                interrupt();
            } else {
                takeBackInterrupt();
                if (!scope.isShield()) named = false; // it has listened
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Outside of tasks an interrupt is the cancel, so a shield hides one that has come. Whether
     * there was one, which is to be set again afterwards.
     */
    boolean setInterruptAside() {
        return Thread.interrupted();
    }

    /** The body is over; what the thread does now is done for those around the strand. */
    final void leaveBody() {
        Scope around = parent();
        if (around != null) move(around);
    }

    /** Throws if the code that the calling thread runs is cancelled or interrupted. */
    static void checkCurrent() throws InterruptedException {
        ScopeStack strand = current();
        if (strand != null) strand.check();
        if (Thread.interrupted()) throw taken(strand, new ForeignInterrupt());
    }

    /** Throws if the innermost scope is cancelled. On this strand's thread. */
    final void check() throws InterruptedException {
        int changes = changes(); // read first: what changes from here on is seen by the next check
        if (looked && changes == changesWhenLooked) return;
        Cancellation cancellation = innermost.cancellation();
        if (cancellation != null) {
            wakeThread();
            throw cancellation.toException();
        }
        changesWhenLooked = changes;
        looked = true;
    }

    /**
     * What to throw for an interrupt that ended a wait: the JDK's waits clear the status, and a
     * cancel sets it again.
     */
    static InterruptedException woken(InterruptedException e) {
        ScopeStack strand = current();
        return strand == null ? e : taken(strand, new ForeignInterrupt());
    }

    /** What to throw for an interrupt that was taken out of the status: a cancel goes first. */
    private static InterruptedException taken(
            @Nullable ScopeStack strand, ForeignInterrupt foreign) {
        Cancellation cancellation = strand == null ? null : strand.innermost.cancellation();
        if (strand == null || cancellation == null) return foreign;
        strand.wakeThread();
        return cancellation.toException();
    }

    @Override
    CancelWatchdog watchdog() {
        return OF_SYSTEM;
    }

    @Override
    boolean isQuiet() {
        return !thread.isAlive();
    }

    @Override
    final void visit(Consumer<? super RunningThread> visitor) {
        visitor.accept(new RunningThread(thread, this::deaf, this::endAbandoned));
        for (Child child : children()) child.visit(visitor);
    }

    private RunningThread.@Nullable Deaf deaf() {
        Cancellation why = innermost.cancellation();
        if (why == null || !isNamedFirst()) return null;
        return new RunningThread.Deaf(label(), thread, why.reason());
    }

    /** Counts as ended from now on: the thread never comes back. */
    void endAbandoned(String reason) {}

    private boolean isNamedFirst() {
        ReentrantLock lock = lock();
        lock.lock();
        try {
            boolean first = !named;
            named = true;
            return first;
        } finally {
            lock.unlock();
        }
    }

    @Override
    final void wake() {
        wakeThread();
        for (Child child : children()) child.wake();
    }

    private void wakeThread() {
        ReentrantLock lock = lock();
        lock.lock();
        try {
            if (innermost.cancellation() != null) interrupt();
        } finally {
            lock.unlock();
        }
    }

    private void interrupt() {
        if (!interrupting) {
            interrupting = true;
            foreignInterrupt = thread.isInterrupted();
        }
        try {
            thread.interrupt();
        } catch (Throwable e) { // of a channel of the user's, which an interrupt closes
            LockSupport.unpark(thread); // the status is set, but nobody has been woken
            SafeLog.log("{} was interrupted in a channel that does not close", thread, e);
        }
    }

    private void takeBackInterrupt() {
        if (!interrupting) return;
        interrupting = false;
        var _ = Thread.interrupted();
        if (foreignInterrupt) thread.interrupt();
    }

    private ReentrantLock lock() {
        return LOCKS[(int) thread.threadId() & (LOCKS.length - 1)];
    }
}
