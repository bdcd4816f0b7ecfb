package io.loomline.observe.live;

import io.loomline.log.LogText;
import io.loomline.task.Task;
import io.loomline.task.TaskGroup;

import java.util.List;

/**
 * Lists the tasks that run at this moment, with their stacks.
 *
 * <p><i>Threads:</i> one thread uses it.
 */
final class RunningTasks {
    private static final int MOST_TASKS = 8;
    private static final int MOST_FRAMES = 16;

    private final StringBuilder text = new StringBuilder();
    private int found;

    private RunningTasks() {}

    /** Describes the running tasks of some runtimes, each beginning on a new line. */
    static String describe(List<TaskGroup> roots) {
        var tasks = new RunningTasks();
        for (TaskGroup each : roots) TreeWalk.forEachTask(each, tasks::add);
        if (tasks.found == 0) return " threads that belong to no task";
        int more = tasks.found - MOST_TASKS;
        return tasks.text + (more > 0 ? "\n  and " + more + " more tasks" : "");
    }

    private void add(Task<?> task) {
        Thread thread = TreeWalk.access().threadOf(task);
        if (thread.getState() != Thread.State.RUNNABLE) return;
        if (found < MOST_TASKS) {
            StackTraceElement[] stack = thread.getStackTrace();
            if (!isRunning(stack)) return; // it waits for a carrier, or has parked meanwhile
            text.append("\n  task #").append(task.id()).append(" \"");
            text.append(LogText.of(task.name())).append('"');
            for (int i = 0; i < Math.min(stack.length, MOST_FRAMES); i++) {
                text.append("\n    at ").append(LogText.of(stack[i].toString()));
            }
        }
        found++;
    }

    /** A thread that has yielded, or was unparked, and has no carrier is in its yield. */
    private static boolean isRunning(StackTraceElement[] stack) {
        if (stack.length == 0) return false;
        String innermost = stack[0].getClassName();
        return !innermost.startsWith("java.lang.VirtualThread")
                && !innermost.startsWith("jdk.internal.vm.Continuation");
    }
}
