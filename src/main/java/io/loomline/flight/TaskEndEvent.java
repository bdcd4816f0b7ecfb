package io.loomline.flight;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

import org.jspecify.annotations.Nullable;

@Name("io.loomline.TaskEnd")
@Label("Task End")
@Category("Loomline")
@Description("A task has ended")
@Enabled(false)
@StackTrace(false)
final class TaskEndEvent extends Event {
    /** Tells whether the event is enabled. */
    static final TaskEndEvent PROBE = new TaskEndEvent();

    @Label("Task Id")
    @Description("The id of the task's thread")
    long taskId;

    @Label("Name")
    @Nullable String name;

    @Label("State")
    @Description("SUCCESS, FAILED or CANCELLED")
    @Nullable String state;

    @Label("Failure")
    @Description("The exception, or the reason of the cancel")
    @Nullable String failure;
}
