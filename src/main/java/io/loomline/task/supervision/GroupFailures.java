package io.loomline.task.supervision;

import io.loomline.log.ErrorText;
import io.loomline.log.SafeLog;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** Records the failures of a group's tasks and, under FAIL_FAST, cancels the siblings. */
public final class GroupFailures {
    private final boolean failFast;

    /** Cancels the siblings for a reason. */
    private final Consumer<String> onFailure;

    private final Set<UnobservedFailure> unobserved = ConcurrentHashMap.newKeySet();
    private final Failures thrown = new Failures();

    public GroupFailures(boolean failFast, Consumer<String> onFailure) {
        this.failFast = failFast;
        this.onFailure = onFailure;
    }

    /**
     * Records the failure of a task's body, before the task ends. The siblings are cancelled even
     * if the failure cannot be recorded, because other code relies on that cancel.
     *
     * @param path the path of groups and the task's name
     */
    public UnobservedFailure add(Object task, String label, String path, Throwable exception) {
        UnobservedFailure failure = recorded(task, path, exception);
        if (failFast) { // the group's await or scope throws the failure
            thrown.add(failure);
            onFailure.accept(reasonOf(label, exception));
        }
        return failure;
    }

    private UnobservedFailure recorded(Object task, String path, Throwable exception) {
        UnobservedFailure failure = UnobservedFailure.UNRECORDED;
        try {
            failure = UnobservedFailure.in(unobserved, path, exception);
            if (!failFast) failure.logWhenCollected(task);
        } catch (Throwable e) { // out of memory, or a thread could not be started
            if (failure == UnobservedFailure.UNRECORDED) SafeLog.log("{} failed", task, exception);
            SafeLog.log("the failure of {} could not be recorded", task, e);
        }
        return failure;
    }

    private static String reasonOf(String label, Throwable exception) {
        try {
            return label + " failed: " + ErrorText.described(exception);
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
