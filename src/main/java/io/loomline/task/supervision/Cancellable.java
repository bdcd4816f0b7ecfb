package io.loomline.task.supervision;

import org.jspecify.annotations.Nullable;

import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * A scope as the watchdogs see it. Two views of the same scope are equal.
 *
 * @param scope the scope, for its identity and its text
 * @param wake interrupts the threads inside that are cancelled
 * @param hasEnded whether nothing runs inside, so that a cancel has nothing left to end
 * @param forEachThread calls a visitor for each thread that runs inside
 */
public record Cancellable(
        Object scope,
        Runnable wake,
        BooleanSupplier hasEnded,
        Consumer<Consumer<? super RunningThread>> forEachThread) {
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Cancellable cancellable && cancellable.scope == scope;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(scope);
    }

    @Override
    public String toString() {
        return scope.toString();
    }
}
