package io.loomline.task.supervision;

import org.jspecify.annotations.Nullable;

import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * A scope as a watchdog sees it. Two of the same scope are equal.
 *
 * @param scope the scope, for its identity and its text
 * @param wake interrupts the threads inside that are blocked and cancelled
 * @param isQuiet whether nothing runs inside, and nothing will
 * @param visit calls a visitor for each thread that runs inside
 */
public record Cancellable(
        Object scope,
        Runnable wake,
        BooleanSupplier isQuiet,
        Consumer<Consumer<? super RunningThread>> visit) {
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
