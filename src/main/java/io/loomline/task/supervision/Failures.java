package io.loomline.task.supervision;

import io.loomline.log.ErrorText;
import io.loomline.log.SafeLog;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.ReentrantLock;

/** The failures of several tasks, in order of time, as one exception. */
public final class Failures {
    /** Further failures are only counted. */
    private static final int MOST_SUPPRESSED = 16;

    private final ReentrantLock lock = new ReentrantLock();

    // guarded by the lock
    private @Nullable UnobservedFailure first;
    private final List<UnobservedFailure> rest = new ArrayList<>();

    /** Never throws. Only failures after the first need memory. */
    public void add(UnobservedFailure failure) {
        lock.lock();
        try {
            if (first == null) first = failure;
            else rest.add(failure);
        } catch (OutOfMemoryError e) {
            SafeLog.log("{} is missing from the exception to be thrown", "a failure", e);
        } finally {
            lock.unlock();
        }
    }

    public boolean isEmpty() {
        lock.lock();
        try {
            return first == null;
        } finally {
            lock.unlock();
        }
    }

    /**
     * An exception whose cause is the first failure, with the others suppressed; null if there is
     * no failure. The failures count as observed.
     */
    public @Nullable ExecutionException toException(String source) {
        ExecutionException e = describe(source);
        if (e != null) markObserved();
        return e;
    }

    private void markObserved() {
        lock.lock();
        try {
            if (first != null) first.markObserved();
            rest.forEach(UnobservedFailure::markObserved);
        } finally {
            lock.unlock();
        }
    }

    private @Nullable ExecutionException describe(String source) {
        lock.lock();
        try {
            if (first == null) return null;
            var e =
                    new ExecutionException(
                            source + ": " + ErrorText.described(first.exception()),
                            first.exception());
            rest.stream().limit(MOST_SUPPRESSED).forEach(f -> e.addSuppressed(f.exception()));
            int more = rest.size() - MOST_SUPPRESSED;
            if (more > 0) e.addSuppressed(new MoreFailures(more));
            return e;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Suppresses the failures on an exception that is thrown in their place. They count as observed
     * unless the exception has suppression disabled.
     */
    public void suppressOn(Throwable e) {
        ExecutionException failure = describe("tasks failed as well");
        if (failure == null) return;
        List<Throwable> reported = new ArrayList<>(List.of(failure));
        Throwable cause = failure.getCause();
        if (e == cause || e.getCause() == cause) { // the exception itself reports the first failure
            reported = new ArrayList<>(List.of(failure.getSuppressed()));
            reported.remove(e);
        }
        reported.forEach(e::addSuppressed);
        if (List.of(e.getSuppressed()).containsAll(reported)) markObserved();
    }

    /** Whether an exception has failures suppressed by {@link #suppressOn}. */
    public static boolean areSuppressedOn(Throwable e) {
        for (Throwable each : e.getSuppressed()) {
            if (each instanceof ExecutionException) return true;
        }
        return false;
    }

    /** The number of failures that are not suppressed themselves. */
    private static final class MoreFailures extends Exception {
        private static final long serialVersionUID = 1;

        MoreFailures(int count) {
            super("and " + count + " more failures", null, false, false);
        }
    }
}
