package io.loomline.observe.live;

import io.loomline.log.LogText;
import io.loomline.task.Task;
import io.loomline.task.TaskGroup;

import java.util.List;

/**
 * Lists the tasks that hold carriers at this moment, with their stacks: those that run, and those
 * that are pinned while they wait, as in a class initializer or under a native frame.
 *
 * <p><i>Threads:</i> one thread uses it.
 */
final class RunningTasks {
    private static final int MOST_TASKS = 8;
    private static final int MOST_FRAMES = 16;

    private final StringBuilder text = new StringBuilder();
    private int found;

    private RunningTasks() {}

    /** Describes the tasks of some runtimes that hold carriers, each beginning on a new line. */
    static String describe(List<TaskGroup> roots) {
        var tasks = new RunningTasks();
        for (TaskGroup each : roots) TreeWalk.forEachTask(each, tasks::add);
        if (tasks.found == 0) return " threads of no task, or by tasks that have just changed";
        int more = tasks.found - MOST_TASKS;
        return tasks.text + (more > 0 ? "\n  and " + more + " more tasks" : "");
    }

    private void add(Task<?> task) {
        Thread thread = TreeWalk.access().threadOf(task);
        if (!holdsCarrier(thread)) return;
        found++;
        if (found > MOST_TASKS) return;
        boolean waits = thread.getState() != Thread.State.RUNNABLE;
        StackTraceElement[] stack = thread.getStackTrace();
        text.append("\n  task #").append(task.id()).append(" \"");
        text.append(LogText.of(task.name())).append('"');
        if (waits) text.append(", pinned while it waits");
        for (int i = 0; i < Math.min(stack.length, MOST_FRAMES); i++) {
            text.append("\n    at ").append(LogText.of(stack[i].toString()));
        }
    }

    /**
     * Whether a virtual thread is mounted. Its state does not tell: a thread that waits for a
     * carrier is runnable too, and a pinned one waits. Only its text does, such as {@code
     * VirtualThread[#22]/runnable@ForkJoinPool-1-worker-1}, whose end names the carrier.
     */
    private static boolean holdsCarrier(Thread thread) {
        String shown = thread.toString();
        return shown.indexOf('@', shown.lastIndexOf("]/") + 1) >= 0;
    }
}
