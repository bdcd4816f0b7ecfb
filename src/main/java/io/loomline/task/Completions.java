package io.loomline.task;

import io.loomline.cleaner.ObjectCleaner;
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
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;

/** The ends of several tasks in their order of time, for any number of readers. */
final class Completions<T extends @Nullable Object> implements Iterable<Task<T>> {
    private final List<Place<T>> places = new ArrayList<>();

    /** How many places are taken. */
    private final AtomicInteger taken = new AtomicInteger();

    /** Looks after those that run. Written by whoever asks, read by those that end. */
    private volatile ObjectCleaner.@Nullable Watch watch;

    /** A place in the order of time. */
    private static final class Place<T extends @Nullable Object> {
        final Event came = new Event();

        /** Written before the event fires, read after it. */
        @Nullable Task<T> task;
    }

    private Completions(int size) {
        for (int i = 0; i < size; i++) places.add(new Place<>());
    }

    /** The tasks do not keep it: who takes the first few and goes leaves nothing with the rest. */
    static <T extends @Nullable Object> Completions<T> of(List<Task<T>> tasks) {
        var completions = new Completions<T>(tasks.size());
        var weak = new WeakReference<>(completions);
        List<Runnable> forget = new ArrayList<>();
        for (Task<T> task : tasks) {
            if (task.isDone()) { // though its callbacks may not have run yet
                completions.note(task);
                continue;
            }
            Event.Waiter waiter = task.whenDone(() -> note(weak.get(), task));
            forget.add(() -> task.forget(waiter));
        }
        if (!forget.isEmpty()) completions.watchUntilAllEnd(forget);
        return completions;
    }

    private void watchUntilAllEnd(List<Runnable> forget) {
        var added = ObjectCleaner.whenCollected(this, () -> forget.forEach(Runnable::run));
        watch = added;
        if (taken.get() == places.size()) added.end(); // all have ended meanwhile
    }

    private static <T extends @Nullable Object> void note(
            @Nullable Completions<T> completions, Task<T> task) {
        if (completions != null) completions.note(task);
    }

    private void note(Task<T> task) {
        Place<T> place = places.get(taken.getAndIncrement());
        place.task = task;
        place.came.fire();
        ObjectCleaner.Watch present = watch;
        if (present != null && taken.get() == places.size()) present.end();
    }

    @Override
    public Iterator<Task<T>> iterator() {
        return new Reader();
    }

    /** Used by one thread at a time, as iterators are; keeps what it iterates over. */
    private final class Reader implements Iterator<Task<T>> {
        /** The index of the next place. */
        private int next;

        /** Where a wait was cut, and the next one goes on. */
        private @Nullable Place<T> cut;

        @Override
        public boolean hasNext() {
            return cut != null || next < places.size();
        }

        @Override
        public Task<T> next() {
            if (!hasNext()) throw new NoSuchElementException("all tasks have been returned");
            Place<T> place = cut == null ? places.get(next++) : cut;
            cut = place;
            awaitTaken(place);
            cut = null;
            return Objects.requireNonNull(place.task);
        }
    }

    private static void awaitTaken(Place<?> place) {
        try {
            ScopeStack.checkCurrent();
            place.came.await();
        } catch (InterruptedException e) {
            InterruptedException cancelled = ScopeStack.woken(e);
            Thread.currentThread().interrupt();
            var unchecked = new InterruptedIOException(ErrorText.of(cancelled));
            unchecked.initCause(cancelled);
            throw new UncheckedIOException(unchecked);
        }
    }
}
