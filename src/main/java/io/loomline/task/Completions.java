package io.loomline.task;

import org.jspecify.annotations.Nullable;

import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
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

    /** A place in the order of time. */
    private static final class Place<T extends @Nullable Object> {
        final Event came = new Event();

        /** Written before the event fires, read after it. */
        @Nullable Task<T> task;
    }

    Completions(List<Task<T>> tasks) {
        for (int i = 0; i < tasks.size(); i++) places.add(new Place<>());
        for (Task<T> task : tasks) task.whenDone(() -> note(task));
    }

    private void note(Task<T> task) {
        Place<T> place = places.get(taken.getAndIncrement());
        place.task = task;
        place.came.fire();
    }

    @Override
    public Iterator<Task<T>> iterator() {
        return new Reader<>(places.iterator());
    }

    /** Used by one thread at a time, as iterators are. */
    private static final class Reader<T extends @Nullable Object> implements Iterator<Task<T>> {
        private final Iterator<Place<T>> rest;

        /** Where a wait was cut, and the next one goes on. */
        private @Nullable Place<T> cut;

        Reader(Iterator<Place<T>> rest) {
            this.rest = rest;
        }

        @Override
        public boolean hasNext() {
            return cut != null || rest.hasNext();
        }

        @Override
        public Task<T> next() {
            if (!hasNext()) throw new NoSuchElementException("all tasks have been returned");
            Place<T> place = cut == null ? rest.next() : cut;
            cut = place;
            awaitTaken(place);
            cut = null;
            return Objects.requireNonNull(place.task);
        }
    }

    private static void awaitTaken(Place<?> place) {
        try {
            Strand.checkCurrent();
            place.came.await();
        } catch (InterruptedException e) {
            InterruptedException cancelled = Strand.woken(e);
            Thread.currentThread().interrupt();
            var unchecked = new InterruptedIOException(cancelled.getMessage());
            unchecked.initCause(cancelled);
            throw new UncheckedIOException(unchecked);
        }
    }
}
