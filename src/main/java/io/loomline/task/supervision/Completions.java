package io.loomline.task.supervision;

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
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Several tasks in the order in which they end, for any number of readers.
 *
 * @param <M> the type of the tasks
 */
public final class Completions<M> implements Iterable<M> {
    private final Arrivals<M> ended;
    private final Wait wait;

    /** Removes the callbacks. Written by the creating thread, read by those of ending tasks. */
    private volatile ObjectCleaner.@Nullable Watch watch;

    /** A wait that a cancel of the caller ends. */
    @FunctionalInterface
    public interface Wait {
        void await(Event event) throws InterruptedException;
    }

    private Completions(int size, Wait wait) {
        this.ended = new Arrivals<>(size);
        this.wait = wait;
    }

    /**
     * The tasks refer to it weakly. If a reader stops early and drops it, its callbacks are removed
     * from the tasks that still run.
     *
     * @param end the event of the end of a task
     * @param isDone whether a task has ended, although its event may not have fired yet
     * @param wait how readers wait for the next end
     */
    public static <M> Completions<M> of(
            List<M> tasks, Function<M, Event> end, Predicate<M> isDone, Wait wait) {
        var completions = new Completions<M>(tasks.size(), wait);
        var weak = new WeakReference<>(completions);
        List<Runnable> removals = new ArrayList<>();
        for (M task : tasks) {
            if (isDone.test(task)) { // its callbacks may not have run yet
                completions.add(task);
                continue;
            }
            Event done = end.apply(task);
            Event.Waiter waiter = done.whenFired(() -> add(weak.get(), task));
            removals.add(() -> done.remove(waiter));
        }
        if (!removals.isEmpty()) completions.watchUntilAllEnd(removals);
        return completions;
    }

    private void watchUntilAllEnd(List<Runnable> removals) {
        var added = ObjectCleaner.whenCollected(this, () -> removals.forEach(Runnable::run));
        watch = added;
        if (ended.isComplete()) added.end(); // meanwhile
    }

    private static <M> void add(@Nullable Completions<M> completions, M task) {
        if (completions != null) completions.add(task);
    }

    private void add(M task) {
        ended.add(task);
        ObjectCleaner.Watch present = watch;
        if (present != null && ended.isComplete()) present.end();
    }

    @Override
    public Iterator<M> iterator() {
        return new Reader();
    }

    /** For one thread at a time, as iterators are. Keeps the completions reachable. */
    private final class Reader implements Iterator<M> {
        private int next;

        @Override
        public boolean hasNext() {
            return next < ended.size();
        }

        @Override
        public M next() {
            if (!hasNext()) throw new NoSuchElementException("all tasks have been returned");
            try {
                wait.await(ended.arrivalOf(next));
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
