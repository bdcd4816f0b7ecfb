package io.loomline.flight;

import org.jspecify.annotations.Nullable;

/** The events of tasks. No method throws, and none allocates while its event is disabled. */
public final class TaskEvents {
    private TaskEvents() {}

    /** Whether starts are recorded. */
    public static boolean areStartsOn() {
        return Flight.IS_AVAILABLE && TaskStartEvent.PROBE.isEnabled();
    }

    /** Whether ends are recorded. */
    public static boolean areEndsOn() {
        return Flight.IS_AVAILABLE && TaskEndEvent.PROBE.isEnabled();
    }

    /** Records a start, after {@link #areStartsOn}. */
    public static void start(long id, String name) {
        try {
            var event = new TaskStartEvent();
            event.taskId = id;
            event.name = Flight.text(name);
            event.commit();
        } catch (Throwable e) {
            Flight.drop(e);
        }
    }

    /**
     * Records an end, after {@link #areEndsOn}.
     *
     * @param failure the exception, or the reason of the cancel; null if there is none
     */
    public static void end(long id, String name, String state, @Nullable Object failure) {
        try {
            var event = new TaskEndEvent();
            event.taskId = id;
            event.name = Flight.text(name);
            event.state = state;
            event.failure = Flight.text(failure);
            event.commit();
        } catch (Throwable e) {
            Flight.drop(e);
        }
    }

    /** Whether cancels are recorded. */
    public static boolean areCancelsOn() {
        return Flight.IS_AVAILABLE && TaskCancelEvent.PROBE.isEnabled();
    }

    /** Records a cancel, after {@link #areCancelsOn}. */
    public static void cancel(String subject, String reason) {
        try {
            var event = new TaskCancelEvent();
            event.subject = Flight.text(subject);
            event.reason = Flight.text(reason);
            event.commit();
        } catch (Throwable e) {
            Flight.drop(e);
        }
    }
}
