package io.loomline.task;

/** The work of a task without a result. */
@FunctionalInterface
public interface TaskBody {
    /**
     * Does the work, on the task's own thread.
     *
     * @throws Exception if the task fails; {@link InterruptedException} after a cancel ends the
     *     task as cancelled
     */
    void run() throws Exception;
}
