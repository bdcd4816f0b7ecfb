package io.loomline.flight;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

import org.jspecify.annotations.Nullable;

@Name("io.loomline.TaskCancel")
@Label("Task Cancel")
@Category("Loomline")
@Description("A task, a group or a deadline scope was cancelled, by this thread")
@Enabled(false)
@StackTrace(true)
final class TaskCancelEvent extends Event {
    /** Tells whether the event is enabled. */
    static final TaskCancelEvent PROBE = new TaskCancelEvent();

    @Label("Subject")
    @Nullable String subject;

    @Label("Reason")
    @Nullable String reason;
}
