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

/** Something that a test lets happen in a task of its own: a call that may block. */
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
        task.onDone(Call::isSeen);
    }

    /** So that a failure which a test does not look at is not logged some time later. */
    private static void isSeen(Task<?> ended) {
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

    /** Returns when the call is blocked inside a method of that name. */
    public Call<T> awaitIn(String method) throws InterruptedException {
        Eventually.waitsIn(thread.join(), method);
        return this;
    }

    /** Cancels it once it is blocked inside a method of that name; whether that cut it. */
    public boolean cutIn(String method) throws InterruptedException {
        Eventually.holds(() -> isDone() || Eventually.isWaitingIn(thread.join(), method));
        cancel();
        return wasCancelled();
    }

    public void cancel() {
        task.cancel();
    }

    public boolean isDone() {
        return task.isDone();
    }

    /** Waits until it has ended, however it did. */
    public void awaitEnd() throws InterruptedException {
        Eventually.holds(task::isDone);
    }

    public boolean wasCancelled() throws InterruptedException {
        awaitEnd();
        return task.isCancelled();
    }

    /** The result; what the body threw is thrown as it is. */
    public T result() throws Exception {
        try {
            return task.join();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception exception) throw exception;
            if (e.getCause() instanceof Error error) throw error;
            throw e;
        }
    }

    /** What it must have thrown. */
    public <X extends Throwable> X failure(Class<X> type) {
        return assertThrows(type, this::result);
    }
}
