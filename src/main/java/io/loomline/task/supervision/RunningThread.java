package io.loomline.task.supervision;

import org.jspecify.annotations.Nullable;

import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A thread inside a tree, as the watchdogs see it.
 *
 * @param thread the thread
 * @param unresponsive describes the thread if it is cancelled; null if it is not, or if it was
 *     described before
 * @param abandon counts the task as ended, for a reason, although its thread never returns
 */
public record RunningThread(
        Thread thread, Supplier<@Nullable Unresponsive> unresponsive, Consumer<String> abandon) {
    /** A thread that was cancelled and still runs. */
    public record Unresponsive(String label, Thread thread, String reason) {}
}
