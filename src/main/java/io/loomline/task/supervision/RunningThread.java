package io.loomline.task.supervision;

import org.jspecify.annotations.Nullable;

import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A thread inside a tree, for those who look after what does not end.
 *
 * @param thread the thread
 * @param deaf says, the first time that it is asked, how it was cancelled if it was and runs on
 * @param abandon counts it as ended for a reason, though its thread never comes back
 */
public record RunningThread(
        Thread thread, Supplier<@Nullable Deaf> deaf, Consumer<String> abandon) {
    /** Someone who was cancelled and runs on. */
    public record Deaf(String label, Thread thread, String reason) {}
}
