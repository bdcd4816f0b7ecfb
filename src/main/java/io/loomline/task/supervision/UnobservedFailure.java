package io.loomline.task.supervision;

import io.loomline.cleaner.ObjectCleaner;
import io.loomline.log.SafeLog;

import org.jspecify.annotations.Nullable;

import java.util.Set;

/**
 * A failure of a task that nobody has asked for yet. It is logged once: when the group closes, or
 * when the task is collected, whichever comes first; never, if someone asks before. It does not
 * refer to the task, so it does not keep it from being collected.
 */
public final class UnobservedFailure {
    /** Stands for a failure that could not be noted; made before memory is short. */
    public static final UnobservedFailure UNRECORDED =
            new UnobservedFailure(Set.of(), "", new UnrecordedException());

    /** The group's failures that nobody has asked for; a concurrent set, or the empty one. */
    private final Set<UnobservedFailure> unasked;

    private final String path;
    private final Throwable exception;

    /** Written by the task's thread while the failure is noted. */
    private volatile ObjectCleaner.@Nullable Watch watch;

    private UnobservedFailure(Set<UnobservedFailure> unasked, String path, Throwable exception) {
        this.unasked = unasked;
        this.path = path;
        this.exception = exception;
    }

    /** Notes a failure in the set of its group. */
    public static UnobservedFailure in(
            Set<UnobservedFailure> unasked, String path, Throwable exception) {
        var failure = new UnobservedFailure(unasked, path, exception);
        unasked.add(failure);
        return failure;
    }

    public void logWhenCollected(Object task) {
        watch = ObjectCleaner.whenCollected(task, this::log);
    }

    public Throwable exception() {
        return exception;
    }

    /** Someone has seen the failure: it need not be logged. */
    public void asked() {
        take();
    }

    public void log() {
        if (take()) SafeLog.log("task {} failed, and nobody asked for its result", path, exception);
    }

    /** Whether nobody has asked for it or logged it before. */
    private boolean take() {
        if (this == UNRECORDED || !unasked.remove(this)) return false;
        ObjectCleaner.Watch present = watch;
        if (present != null) present.end();
        return true;
    }

    /** Logs failures that were thrown as suppressed, by a task that was cancelled. */
    public static void logCarried(String path, Throwable cut) {
        SafeLog.log("task {} was cancelled, and nobody asked for what failed in it", path, cut);
    }

    /** What a failure is taken for that there was no memory to keep. */
    private static final class UnrecordedException extends Exception {
        private static final long serialVersionUID = 1;

        UnrecordedException() {
            super("the task failed, and its failure could not be recorded", null, false, false);
        }
    }
}
