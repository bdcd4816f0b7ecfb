package io.loomline.concurrent;

import io.loomline.log.ErrorText;
import io.loomline.log.Loggers;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

import java.lang.reflect.UndeclaredThrowableException;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One blocking call on a platform thread. Its caller can give up without an interrupt of that
 * thread.
 *
 * <pre>
 *   WAITED_FOR ──caller is interrupted──▶ ABANDONED   never runs, or its end is dropped
 *       └───────────body ends───────────▶ ENDED
 * </pre>
 *
 * @param <T> the type of the result
 */
public final class BlockingCall<T extends @Nullable Object> {
    private static final Logger LOG = Loggers.of(BlockingCall.class);

    /** The class of a park blocker in a thread dump. */
    private static final class CallWait extends Event {}

    private enum State {
        WAITED_FOR,
        ENDED,
        ABANDONED
    }

    private final BoundedThreads threads;
    private final Callable<? extends T> body;
    private final Event ended = new CallWait();
    private final AtomicReference<State> state = new AtomicReference<>(State.WAITED_FOR);

    // written by the thread that runs the body, before the state; no memory is needed to end

    private @Nullable T value;
    private @Nullable Throwable exception;

    public BlockingCall(BoundedThreads threads, Callable<? extends T> body) {
        this.threads = threads;
        this.body = body;
    }

    /**
     * Waits for a thread, runs the body there and waits for its end. If the caller is one of the
     * threads itself, the body runs at once and here.
     *
     * @throws InterruptedException if the thread was interrupted before the body had ended; the
     *     status is cleared
     */
    public void await() throws InterruptedException {
        if (BoundedThreads.isCallerOneOfThem()) {
            run();
            return;
        }
        threads.acquire();
        threads.execute(this::run);
        try {
            ended.await();
        } catch (InterruptedException e) {
            if (state.compareAndSet(State.WAITED_FOR, State.ABANDONED)) throw e;
            Thread.currentThread().interrupt(); // the body has ended: the next call throws
        }
    }

    private void run() {
        if (state.get() == State.ABANDONED) return;
        try {
            value = body.call();
        } catch (Throwable e) {
            exception = e;
        }
        if (state.compareAndSet(State.WAITED_FOR, State.ENDED)) ended.fire();
        else if (exception != null) logAbandoned(exception);
    }

    private static void logAbandoned(Throwable exception) {
        LOG.debug("an abandoned blocking call failed: {}", ErrorText.described(exception));
    }

    /**
     * The end of the body, after {@link #await} has returned.
     *
     * @return what the body returned
     * @throws Exception what the body threw
     */
    @SuppressWarnings("NullAway") // null only if T includes it
    public T result() throws Exception {
        assert state.get() == State.ENDED;
        return switch (exception) {
            case null -> value;
            case Error error -> throw error;
            case Exception e -> throw e;
            default -> throw new UndeclaredThrowableException(exception);
        };
    }
}
