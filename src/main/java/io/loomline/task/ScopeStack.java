package io.loomline.task;

import io.loomline.concurrent.Event;
import io.loomline.concurrent.Threads;
import io.loomline.task.supervision.CancelWatchdog;
import io.loomline.task.supervision.Cancellation;
import io.loomline.task.supervision.ForeignInterrupt;
import io.loomline.task.supervision.InterruptOrigin;
import io.loomline.task.supervision.RunningThread;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * The scopes of one thread: the thread's own node, and inside it a stack of the scopes that its
 * code has entered. It keeps the thread's interrupt status in step with the tree:
 *
 * <ul>
 *   <li>while the innermost scope is cancelled, each blocking call finds the status set;
 *   <li>when the code leaves the cancelled scope, the status is as it was before: cleared, or set
 *       if it was set by an interrupt from outside the tree.
 * </ul>
 */
class ScopeStack extends Scope {
    private static final ScopedValue<ScopeStack> CURRENT = ScopedValue.newInstance();

    private static final ClassLoader USUAL_LOADER = ClassLoader.getSystemClassLoader();

    /** Stands for "no stack"; its thread never runs. */
    private static final ScopeStack NONE = new ScopeStack(null, null);

    /** For threads outside of trees. */
    private static final CancelWatchdog<Scope> WATCHDOG =
            TreeContext.watchdogBy(SystemClock.INSTANCE);

    private final Thread thread;

    /** Written by this thread under its lock; read by every thread that cancels. */
    private volatile Scope innermost = this;

    /**
     * {@link #changes} when the innermost scope was last found live; a past count if it has not
     * been checked. Used by this thread only.
     */
    private int changesWhenLive = changes() - 1;

    /** Guarded by the lock. */
    private InterruptOrigin interruptOrigin = InterruptOrigin.NOT_OURS;

    /** Whether the watchdog has warned that this thread is unresponsive. Guarded by the lock. */
    private boolean warned;

    /** The stack of a new thread, which is not started yet. */
    ScopeStack(@Nullable Scope parent, @Nullable String name) {
        super(parent);
        var run = new Run();
        this.thread = Threads.virtual(name, run);
        thread.setUncaughtExceptionHandler(run);
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        if (loader != USUAL_LOADER) thread.setContextClassLoader(loader);
    }

    /** The stack of the calling thread, which runs no task. */
    private ScopeStack() {
        super(null);
        this.thread = Thread.currentThread();
    }

    /** The stack of the calling thread, or null outside of tasks and scopes. */
    static @Nullable ScopeStack current() {
        Thread self = Thread.currentThread();
        if (self.getUncaughtExceptionHandler() instanceof Run run && run.stack().thread == self) {
            return run.stack();
        }
        ScopeStack stack = CURRENT.orElse(NONE);
        // a thread forked by StructuredTaskScope inherits the value, but the stack is not its own
        return stack.thread == self ? stack : null;
    }

    /** The stack of the calling thread, or a new one. */
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
        assert scope.parent == outer : scope + " is not inside " + outer;
        moveTo(scope);
        try {
            return body.call();
        } finally {
            Scope left = innermost;
            moveTo(outer);
            assert left == scope : left + " was left open in " + scope;
        }
    }

    /** {@code ScopedValue.Carrier.call} declares one exception type; a body throws two. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    static <X extends Exception> X asDeclared(Exception e) throws InterruptedException {
        if (e instanceof InterruptedException interrupted) throw interrupted;
        return (X) e;
    }

    /**
     * The body of a task's thread and, as its exception handler, the way from the thread to the
     * stack. The first look-up of a scoped value gives the thread a cache that takes more memory
     * than a task; reading the handler does not. If the body sets another handler, {@link #current}
     * falls back to the scoped value.
     */
    private final class Run implements Runnable, Thread.UncaughtExceptionHandler {
        @Override
        public void run() {
            try {
                ScopedValue.where(CURRENT, ScopeStack.this).run(ScopeStack.this::runOnThread);
            } catch (Throwable e) { // possibly out of memory, before the body began
                endAfterError(e);
                throw e;
            }
        }

        /** Does the same as a thread without a handler. */
        @Override
        public void uncaughtException(Thread thread, Throwable e) {
            thread.getThreadGroup().uncaughtException(thread, e);
        }

        private ScopeStack stack() {
            return ScopeStack.this;
        }
    }

    /** Runs a task on its thread. */
    void runOnThread() {}

    /** Called on a task's thread if {@link #runOnThread} has thrown or could not be called. */
    void endAfterError(Throwable e) {}

    final Thread thread() {
        return thread;
    }

    final Scope innermost() {
        return innermost;
    }

    /** Whether the calling thread runs inside a scope, so that a wait for it would never end. */
    static boolean isCallerInside(Scope scope) {
        ScopeStack caller = current();
        if (caller == null) return false;
        for (Scope node = caller.innermost; node != null; node = node.parent) {
            Scope group = node.callbackGroup();
            if (group != null && group.isInside(scope)) return true;
        }
        return caller.innermost.isInside(scope);
    }

    /**
     * Whether this stack owns groups that its code opens in a tree. It does not if its task has
     * ended and runs callbacks: the task would not close the groups.
     */
    final boolean canOwnGroupsOf(Scope tree) {
        return isInside(tree) && !hasEnded();
    }

    /** The clock of the thread's waits. */
    Clock clock() {
        return SystemClock.INSTANCE;
    }

    @Override
    String label() {
        return "thread '" + thread.getName() + "'";
    }

    /** Changes the innermost scope. On this thread. */
    private void moveTo(Scope scope) {
        assert Thread.currentThread() == thread : label() + " is not the current thread";
        ReentrantLock lock = lock();
        lock.lock();
        try {
            innermost = scope;
            changesWhenLive = changes() - 1;
            if (scope.cancellation() != null) {
                interruptOrigin = interruptOrigin.interrupt(thread);
            } else {
                interruptOrigin = interruptOrigin.restore();
                if (!scope.isShield()) warned = false; // it has responded
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Clears the interrupt status for a shield; whether it was set. Outside of tasks an interrupt
     * is the cancel, which the shield must hide.
     */
    boolean takeInterrupt() {
        return Thread.interrupted();
    }

    /** Moves out of the body, which has ended. Callbacks run in the scope around it. */
    final void leaveBody() {
        if (parent != null) moveTo(parent);
    }

    /** Throws if the code that the calling thread runs is cancelled or interrupted. */
    static void checkCurrent() throws InterruptedException {
        ScopeStack stack = current();
        if (stack != null) stack.check();
        if (Thread.interrupted()) throw cancelOrForeign(stack);
    }

    /** Throws if the innermost scope is cancelled. On this thread. */
    final void check() throws InterruptedException {
        int changes = changes(); // read first: the next check sees changes after this
        if (changes == changesWhenLive) return;
        Cancellation cancellation = innermost.cancellation();
        if (cancellation != null) {
            if (!thread.isInterrupted()) wakeThread();
            throw cancellation.toException();
        }
        changesWhenLive = changes;
    }

    /**
     * Runs a wait of the calling thread as every blocking call does.
     *
     * @throws InterruptedException if the code is cancelled or interrupted, on entry or meanwhile
     */
    static void awaitCancellably(Action<RuntimeException> wait) throws InterruptedException {
        checkCurrent();
        try {
            wait.run();
        } catch (InterruptedException e) {
            throw exceptionFor(e);
        }
    }

    /**
     * Parks the calling thread until an event has happened, as every blocking call does. An
     * interrupt that delivers a cancel stays in the status, and costs one exception only.
     */
    static void awaitCancellably(Event event) throws InterruptedException {
        do checkCurrent();
        while (!event.awaitOrInterrupt());
    }

    /**
     * The exception to throw for an interrupt that ended a wait. The wait has cleared the interrupt
     * status; if the code is cancelled, it is set again.
     */
    static InterruptedException exceptionFor(InterruptedException e) {
        ScopeStack stack = current();
        return stack == null ? e : cancelOrForeign(stack);
    }

    /** The exception for a cleared interrupt. A cancel takes precedence and sets it again. */
    private static InterruptedException cancelOrForeign(@Nullable ScopeStack stack) {
        Cancellation cancellation = stack == null ? null : stack.innermost.cancellation();
        if (stack == null || cancellation == null) return new ForeignInterrupt();
        stack.wakeThread();
        return cancellation.toException();
    }

    @Override
    CancelWatchdog<Scope> watchdog() {
        return WATCHDOG;
    }

    @Override
    boolean hasEnded() {
        return !thread.isAlive();
    }

    @Override
    final void forEachThread(Consumer<? super RunningThread> visitor) {
        visitor.accept(new RunningThread(thread, this::unresponsive, this::endAbandoned));
        for (Child child : children()) child.forEachThread(visitor);
    }

    private RunningThread.@Nullable Unresponsive unresponsive() {
        Cancellation why = innermost.cancellation();
        if (why == null || !isFirstWarning()) return null;
        return new RunningThread.Unresponsive(label(), thread, why.reason());
    }

    /** Counts the task as ended, although its thread never returns. */
    void endAbandoned(String reason) {}

    private boolean isFirstWarning() {
        ReentrantLock lock = lock();
        lock.lock();
        try {
            return !warned;
        } finally {
            warned = true;
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
            if (innermost.cancellation() == null) return;
            interruptOrigin = interruptOrigin.interrupt(thread);
        } finally {
            lock.unlock();
        }
    }

    private ReentrantLock lock() {
        return InterruptOrigin.lockOf(thread);
    }
}
