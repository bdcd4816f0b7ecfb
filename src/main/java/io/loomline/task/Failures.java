package io.loomline.task;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.ReentrantLock;

/** The failures of a group whose tasks fail together: the first in time, and some of the rest. */
final class Failures {
    /** As many as a reader looks at; the rest is counted, so that memory stays bounded. */
    private static final int KEPT_REST = 16;

    private final ReentrantLock lock = new ReentrantLock();

    // guarded by the lock
    private @Nullable UnaskedFailure first;
    private final List<UnaskedFailure> rest = new ArrayList<>();
    private int uncounted;

    void add(UnaskedFailure failure) {
        lock.lock();
        try {
            if (first == null) {
                first = failure;
            } else if (rest.size() < KEPT_REST) {
                rest.add(failure);
            } else {
                uncounted++;
                failure.asked(); // told by the count
            }
        } finally {
            lock.unlock();
        }
    }

    boolean isEmpty() {
        lock.lock();
        try {
            return first == null;
        } finally {
            lock.unlock();
        }
    }

    /** The first failure as the cause, the rest suppressed; null if there is none. */
    @Nullable ExecutionException toException(String group) {
        lock.lock();
        try {
            if (first == null) return null;
            first.asked();
            var e = new ExecutionException(group + ": " + first.exception(), first.exception());
            for (UnaskedFailure failure : rest) {
                failure.asked();
                e.addSuppressed(failure.exception());
            }
            if (uncounted > 0) e.addSuppressed(new MoreFailures(uncounted));
            return e;
        } finally {
            lock.unlock();
        }
    }

    /** Lets an exception that goes before the failures tell of them. */
    void suppressOn(Throwable e) {
        ExecutionException failure = toException("tasks failed meanwhile");
        if (failure == null || e == failure || e.getCause() == failure.getCause()) return;
        e.addSuppressed(failure);
    }

    /** Stands for the failures that were counted and not kept. */
    private static final class MoreFailures extends Exception {
        private static final long serialVersionUID = 1;

        MoreFailures(int count) {
            super("and " + count + " more failures", null, false, false);
        }
    }
}
