package io.loomline.probe;

import static org.junit.jupiter.api.Assertions.assertThrows;

import io.loomline.task.Action;
import io.loomline.task.GroupOptions;
import io.loomline.task.GroupOptions.Policy;
import io.loomline.task.SystemClock;
import io.loomline.task.Task;
import io.loomline.task.TaskGroup;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/** A call that may block, running in a task of its own. */
public final class Call<T> {
    private static final GroupOptions OPTIONS =
            new GroupOptions("test", Policy.SUPERVISE, Integer.MAX_VALUE);

    private final CompletableFuture<Thread> thread = new CompletableFuture<>();
    private final Task<T> task;

    private Call(Callable<T> body) {
        task =
                TaskGroup.root(OPTIONS, SystemClock.INSTANCE)
                        .start(() -> {
                            thread.complete(Thread.currentThread());
                            return body.call();
                        });
        task.onDone(Call::observe);
    }

    /** Marks a failure as observed, so that it is not logged if the test ignores it. */
    private static void observe(Task<?> ended) {
        if (ended.state() == Future.State.FAILED) ended.exceptionNow();
    }

    public static <T> Call<T> of(Callable<T> body) {
        return new Call<>(body);
    }

    /** A call without a result. */
    public static Call<Boolean> running(Action<Exception> body) {
        return new Call<>(() -> {
            body.run();
            return true;
        });
    }

    /** Waits until the call is blocked inside a method of that name. */
    public Call<T> awaitIn(String method) throws InterruptedException {
        Eventually.waitsIn(thread.join(), method);
        return this;
    }

    /** Waits until the call has ended or is blocked inside a method of that name; which of both. */
    public boolean endsBefore(String method) throws InterruptedException {
        Eventually.holds(() -> isDone() || Eventually.isWaitingIn(thread.join(), method));
        return isDone();
    }

    /** Cancels the call in a method of that name; returns whether the call ended cancelled. */
    public boolean cutIn(String method) throws InterruptedException {
        endsBefore(method);
        cancel();
        return wasCancelled();
    }

    public void cancel() {
        task.cancel();
    }

    public boolean isDone() {
        return task.isDone();
    }

    /** Waits until the call has returned or thrown. */
    public void awaitEnd() throws InterruptedException {
        Eventually.holds(task::isDone);
    }

    public boolean wasCancelled() throws InterruptedException {
        awaitEnd();
        return task.isCancelled();
    }

    /** Waits for the result; throws the exception of the body unwrapped. */
    public T result() throws Exception {
        try {
            return task.join();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception exception) throw exception;
            if (e.getCause() instanceof Error error) throw error;
            throw e;
        }
    }

    /** Waits for the exception, which must be of that type. */
    public <X extends Throwable> X failure(Class<X> type) {
        return assertThrows(type, this::result);
    }
}
