package io.loomline.task;

import io.loomline.cleaner.ObjectCleaner;
import io.loomline.concurrent.Arrivals;
import io.loomline.concurrent.Event;
import io.loomline.log.ErrorText;

import org.jspecify.annotations.Nullable;

import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/** Several tasks in the order in which they end, for any number of readers. */
final class Completions<T extends @Nullable Object> implements Iterable<Task<T>> {
    private final Arrivals<Task<T>> ended;

    /** Removes the callbacks. Written by the creating thread, read by those of ending tasks. */
    private volatile ObjectCleaner.@Nullable Watch watch;

    private Completions(int size) {
        this.ended = new Arrivals<>(size);
    }

    /**
     * The tasks refer to it weakly. If a reader stops early and drops it, its callbacks are removed
     * from the tasks that still run.
     */
    static <T extends @Nullable Object> Completions<T> of(List<Task<T>> tasks) {
        var completions = new Completions<T>(tasks.size());
        var weak = new WeakReference<>(completions);
        List<Runnable> removals = new ArrayList<>();
        for (Task<T> task : tasks) {
            if (task.isDone()) { // its callbacks may not have run yet
                completions.add(task);
                continue;
            }
            Event.Waiter waiter = task.done.whenFired(() -> add(weak.get(), task));
            removals.add(() -> task.done.remove(waiter));
        }
        if (!removals.isEmpty()) completions.watchUntilAllEnd(removals);
        return completions;
    }

    private void watchUntilAllEnd(List<Runnable> removals) {
        var added = ObjectCleaner.whenCollected(this, () -> removals.forEach(Runnable::run));
        watch = added;
        if (ended.isComplete()) added.end(); // meanwhile
    }

    private static <T extends @Nullable Object> void add(
            @Nullable Completions<T> completions, Task<T> task) {
        if (completions != null) completions.add(task);
    }

    private void add(Task<T> task) {
        ended.add(task);
        ObjectCleaner.Watch present = watch;
        if (present != null && ended.isComplete()) present.end();
    }

    @Override
    public Iterator<Task<T>> iterator() {
        return new Reader();
    }

    /** For one thread at a time, as iterators are. Keeps the completions reachable. */
    private final class Reader implements Iterator<Task<T>> {
        private int next;

        @Override
        public boolean hasNext() {
            return next < ended.size();
        }

        @Override
        public Task<T> next() {
            if (!hasNext()) throw new NoSuchElementException("all tasks have been returned");
            try {
                ScopeStack.awaitCancellably(ended.arrivalOf(next));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                var unchecked = new InterruptedIOException(ErrorText.of(e));
                unchecked.initCause(e);
                throw new UncheckedIOException(unchecked);
            }
            return ended.get(next++); // a cancelled call leaves the task to the next call
        }
    }
}
