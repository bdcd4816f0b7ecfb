package io.loomline.task;

/** The work of a task that has no result. */
@FunctionalInterface
public interface TaskBody {
    /**
     * Does the work, on the task's own thread.
     *
     * @throws Exception whatever makes the task fail; {@link InterruptedException} after a cancel
     *     ends the task as cancelled
     */
    void run() throws Exception;
}
