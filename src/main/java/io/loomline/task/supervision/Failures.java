package io.loomline.task.supervision;

import io.loomline.log.ErrorText;
import io.loomline.log.SafeLog;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.ReentrantLock;

/** The failures of a group whose tasks fail together: the first in time, and some of the rest. */
public final class Failures {
    /** As many as a reader looks at; further ones are told as a number. */
    private static final int MOST_SUPPRESSED = 16;

    private final ReentrantLock lock = new ReentrantLock();

    // guarded by the lock
    private @Nullable UnobservedFailure first;
    private final List<UnobservedFailure> rest = new ArrayList<>();

    /** Never throws: the first is kept without memory, and further ones if there is any. */
    public void add(UnobservedFailure failure) {
        lock.lock();
        try {
            if (first == null) first = failure;
            else rest.add(failure);
        } catch (OutOfMemoryError e) {
            SafeLog.log("{} is not among those that are thrown", "a further failure", e);
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

    /** The first failure as the cause, the rest suppressed; null if there is none. */
    public @Nullable ExecutionException toException(String group) {
        ExecutionException e = describe(group);
        if (e != null) areAsked();
        return e;
    }

    private void areAsked() {
        lock.lock();
        try {
            if (first != null) first.asked();
            rest.forEach(UnobservedFailure::asked);
        } finally {
            lock.unlock();
        }
    }

    private @Nullable ExecutionException describe(String group) {
        lock.lock();
        try {
            if (first == null) return null;
            var e =
                    new ExecutionException(
                            group + ": " + ErrorText.described(first.exception()),
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
     * Lets an exception that goes before the failures tell of them. Some take nothing suppressed:
     * then nobody has asked for the failures.
     */
    public void suppressOn(Throwable e) {
        ExecutionException failure = describe("tasks failed meanwhile");
        if (failure == null) return;
        List<Throwable> told = new ArrayList<>(List.of(failure));
        Throwable cause = failure.getCause();
        if (e == cause || e.getCause() == cause) { // of the first it tells itself
            told = new ArrayList<>(List.of(failure.getSuppressed()));
            told.remove(e);
        }
        told.forEach(e::addSuppressed);
        if (List.of(e.getSuppressed()).containsAll(told)) areAsked();
    }

    /** Whether an exception tells of failures that it goes before. */
    public static boolean areCarriedBy(Throwable e) {
        return Arrays.stream(e.getSuppressed()).anyMatch(ExecutionException.class::isInstance);
    }

    /** Stands for the failures that were counted and not kept. */
    private static final class MoreFailures extends Exception {
        private static final long serialVersionUID = 1;

        MoreFailures(int count) {
            super("and " + count + " more failures", null, false, false);
        }
    }
}
