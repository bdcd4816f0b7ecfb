package io.loomline.task;

import io.loomline.collected.Collected;
import io.loomline.log.Loggers;

import org.slf4j.Logger;

import java.util.Set;

/**
 * A failure of a task that nobody has asked for yet. It is logged once: when the group closes, or
 * when the task is collected, whichever comes first; never, if someone asks before. It does not
 * refer to the task, so it does not keep it from being collected.
 */
final class UnaskedFailure {
    private static final Logger LOG = Loggers.of(UnaskedFailure.class);

    /** The group's failures that nobody has asked for; a concurrent set. */
    private final Set<UnaskedFailure> unasked;

    private final String path;
    private final Throwable exception;

    private UnaskedFailure(Set<UnaskedFailure> unasked, String path, Throwable exception) {
        this.unasked = unasked;
        this.path = path;
        this.exception = exception;
    }

    /** Notes a failure in the set of its group. */
    static UnaskedFailure in(Set<UnaskedFailure> unasked, String path, Throwable exception) {
        var failure = new UnaskedFailure(unasked, path, exception);
        unasked.add(failure);
        return failure;
    }

    void logWhenCollected(Object task) {
        Collected.whenCollected(task, this::log);
    }

    /** The exception's own words, if it has any: a description is code, and may fail. */
    static String describe(Throwable exception) {
        try {
            return exception.toString();
        } catch (RuntimeException | Error e) {
            return exception.getClass().getName();
        }
    }

    Throwable exception() {
        return exception;
    }

    /** Someone has seen the failure: it need not be logged. */
    void asked() {
        unasked.remove(this);
    }

    /** Logs failures that were thrown as suppressed, by a task that was cancelled. */
    static void logCarried(String path, Throwable cut) {
        log("task {} was cancelled, and nobody asked for what failed in it", path, cut);
    }

    /** An exception is code, too, and may fail when it is to describe itself: then without it. */
    static void log(String message, String who, Throwable exception) {
        try {
            LOG.error(message, who, exception);
        } catch (RuntimeException | Error e) {
            LOG.error(message + ": {}", who, describe(exception));
        }
    }

    void log() {
        if (unasked.remove(this)) {
            log("task {} failed, and nobody asked for its result", path, exception);
        }
    }
}
