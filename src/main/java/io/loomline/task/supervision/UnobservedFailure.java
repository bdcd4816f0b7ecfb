package io.loomline.task.supervision;

import io.loomline.cleaner.ObjectCleaner;
import io.loomline.log.SafeLog;

import org.jspecify.annotations.Nullable;

import java.util.Set;

/**
 * A task's failure that no code has observed yet. If none does, it is logged once: when the group
 * closes or when the task is collected, whichever comes first. It holds no reference to the task,
 * which can therefore be collected.
 */
public final class UnobservedFailure {
    /** Used when a failure cannot be recorded for lack of memory. */
    public static final UnobservedFailure UNRECORDED =
            new UnobservedFailure(Set.of(), "", new UnrecordedException());

    /** The unobserved failures of the group; a concurrent set, or the empty one. */
    private final Set<UnobservedFailure> unobserved;

    private final String path;
    private final Throwable exception;

    /** Written by the task's thread while it records the failure. */
    private volatile ObjectCleaner.@Nullable Watch watch;

    private UnobservedFailure(Set<UnobservedFailure> unobserved, String path, Throwable exception) {
        this.unobserved = unobserved;
        this.path = path;
        this.exception = exception;
    }

    /** Records a failure in the set of its group. */
    public static UnobservedFailure in(
            Set<UnobservedFailure> unobserved, String path, Throwable exception) {
        var failure = new UnobservedFailure(unobserved, path, exception);
        unobserved.add(failure);
        return failure;
    }

    public void logWhenCollected(Object task) {
        watch = ObjectCleaner.whenCollected(task, this::log);
    }

    public Throwable exception() {
        return exception;
    }

    /** Code has received the failure: it is not logged. */
    public void markObserved() {
        claim();
    }

    public void log() {
        if (claim())
            SafeLog.log("task {} failed and no code observed the failure", path, exception);
    }

    /** Whether this call is the first that observes or logs the failure. */
    private boolean claim() {
        if (this == UNRECORDED || !unobserved.remove(this)) return false;
        ObjectCleaner.Watch present = watch;
        if (present != null) present.end();
        return true;
    }

    /** Logs failures that are suppressed on an exception of a cancelled task. */
    public static void logSuppressed(String path, Throwable cancelled) {
        SafeLog.log(
                "task {} was cancelled and no code observed the failures suppressed here",
                path,
                cancelled);
    }

    /** Replaces an exception that there was no memory to record. */
    private static final class UnrecordedException extends Exception {
        private static final long serialVersionUID = 1;

        UnrecordedException() {
            super("the task failed, and its failure could not be recorded", null, false, false);
        }
    }
}
