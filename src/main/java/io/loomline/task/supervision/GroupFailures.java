package io.loomline.task.supervision;

import io.loomline.log.ErrorText;
import io.loomline.log.SafeLog;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;

/** Records the failures of a group's tasks and, under FAIL_FAST, cancels the siblings. */
public final class GroupFailures<T> {
    private final boolean failFast;

    /** Cancels the siblings for a reason. */
    private final Consumer<String> onFailure;

    private final Set<UnobservedFailure> unobserved = ConcurrentHashMap.newKeySet();
    private final Failures thrown = new Failures();

    private final Function<T, String> label;
    private final Function<T, String> path;

    /**
     * The failures of a group.
     *
     * @param failFast whether the first failure cancels the siblings
     * @param onFailure cancels the siblings, for a reason
     * @param label the name of a task in messages
     * @param path the names of the groups and of a task
     */
    public GroupFailures(
            boolean failFast,
            Consumer<String> onFailure,
            Function<T, String> label,
            Function<T, String> path) {
        this.failFast = failFast;
        this.onFailure = onFailure;
        this.label = label;
        this.path = path;
    }

    /**
     * Records the failure of a task's body, before the task ends. The siblings are cancelled even
     * if the failure cannot be recorded, because other code relies on that cancel. Never throws.
     */
    public UnobservedFailure add(T task, Throwable exception) {
        UnobservedFailure failure = recorded(task, exception);
        if (failFast) { // the group's await or scope throws the failure
            thrown.add(failure);
            onFailure.accept(reasonOf(task, exception));
        }
        return failure;
    }

    private UnobservedFailure recorded(T task, Throwable exception) {
        UnobservedFailure failure = UnobservedFailure.UNRECORDED;
        try {
            failure = UnobservedFailure.in(unobserved, path.apply(task), exception);
            if (!failFast) failure.logWhenCollected(task);
        } catch (Throwable e) { // out of memory, or a thread could not be started
            if (failure == UnobservedFailure.UNRECORDED) SafeLog.log("{} failed", task, exception);
            SafeLog.log("the failure of {} could not be recorded", task, e);
        }
        return failure;
    }

    private String reasonOf(T task, Throwable exception) {
        try {
            return label.apply(task) + " failed: " + ErrorText.described(exception);
        } catch (OutOfMemoryError e) {
            return "a task failed";
        }
    }

    /** The failures that the group throws. */
    public Failures thrown() {
        return thrown;
    }

    /** Logs the failures that no code has observed. Never throws. */
    public void logUnobserved() {
        unobserved.forEach(UnobservedFailure::log);
    }
}
