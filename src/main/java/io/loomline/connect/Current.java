package io.loomline.connect;

import io.loomline.log.ErrorText;
import io.loomline.net.wire.Interrupts;
import io.loomline.task.Task;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/**
 * A value that comes and goes, such as the connection of a client, and the threads that wait for
 * it.
 *
 * <pre>
 *   absent ──set──▶ present ──clear──▶ absent
 *     └──────end───────┴─────▶ ended: nobody waits any longer
 * </pre>
 */
final class Current<T> {
    private final String owner;
    private final Predicate<T> isUsable;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    /** Written under the lock. */
    private volatile @Nullable T value;

    /** Why no further value will come; null while one may. Written under the lock. */
    private volatile @Nullable Throwable end;

    /**
     * Creates one without a value.
     *
     * @param owner what the value belongs to, for messages
     * @param isUsable whether a present value is returned; one that no longer is will be replaced
     */
    Current(String owner, Predicate<T> isUsable) {
        this.owner = owner;
        this.isUsable = isUsable;
    }

    void set(T next) {
        change(() -> value = next);
    }

    void clear() {
        change(() -> value = null);
    }

    void end(Throwable reason) {
        change(() -> end = reason);
    }

    private void change(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * The value, if one is usable now.
     *
     * @throws IllegalStateException after the end
     */
    @Nullable T poll() {
        Throwable reason = end;
        if (reason != null) {
            throw new IllegalStateException(owner + " has ended: " + describe(reason), reason);
        }
        T present = value;
        return present != null && isUsable.test(present) ? present : null;
    }

    private static String describe(Throwable reason) {
        return reason instanceof InterruptedException
                ? "its task was cancelled"
                : ErrorText.described(reason);
    }

    /**
     * Waits for a usable value.
     *
     * @throws IllegalStateException after the end
     */
    T await() throws InterruptedException {
        Task.checkCancelled();
        T present = poll();
        return present != null ? present : awaitChange();
    }

    private T awaitChange() throws InterruptedException {
        lock.lock();
        try {
            T present;
            while ((present = poll()) == null) changed.await();
            return present;
        } catch (InterruptedException e) {
            throw Interrupts.cancelOr(e);
        } finally {
            lock.unlock();
        }
    }
}
