package io.loomline.flight;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

import org.jspecify.annotations.Nullable;

@Name("io.loomline.TaskStart")
@Label("Task Start")
@Category("Loomline")
@Description("A task was started, by this thread")
@Enabled(false)
@StackTrace(false)
final class TaskStartEvent extends Event {
    /** Tells whether the event is enabled. */
    static final TaskStartEvent PROBE = new TaskStartEvent();

    @Label("Task Id")
    @Description("The id of the task's thread")
    long taskId;

    @Label("Name")
    @Nullable String name;
}
