package io.loomline.task;

import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;

/**
 * Takes something that belongs to the starting thread along to the tasks that it starts: a {@link
 * ScopedValue}, or slf4j's {@link MDC}. Nothing is carried unless a carrier is registered with the
 * runtime:
 *
 * <pre>{@code
 * static final ScopedValue<String> TENANT = ScopedValue.newInstance();
 * var options = RuntimeOptions.DEFAULT
 *         .withContext(ContextCarrier.scopedValue(TENANT), ContextCarrier.mdc());
 * }</pre>
 */
public interface ContextCarrier {
    /**
     * Captures what the calling thread has now. Called at each start of a task, on the thread that
     * starts it; must not block.
     *
     * @param <T> the type of the task's result
     * @param body the task's body
     * @return a body that does the same with what was captured in place
     */
    <T extends @Nullable Object> Callable<T> carry(Callable<T> body);

    /**
     * Carries a scoped value, where it is bound.
     *
     * @param value the value
     * @return the carrier
     */
    static ContextCarrier scopedValue(ScopedValue<?> value) {
        return new OfScopedValue<>(Objects.requireNonNull(value, "value"));
    }

    /**
     * Carries the map of slf4j's {@link MDC}, where it is not empty.
     *
     * @return the carrier
     */
    static ContextCarrier mdc() {
        return new OfMdc();
    }

    /**
     * A carrier of a scoped value.
     *
     * @param <V> the type of the value
     * @param value the value
     */
    record OfScopedValue<V extends @Nullable Object>(ScopedValue<V> value)
            implements ContextCarrier {
        @Override
        public <T extends @Nullable Object> Callable<T> carry(Callable<T> body) {
            if (!value.isBound()) return body;
            V captured = value.get();
            return () -> ScopedValue.where(value, captured).call(body::call);
        }
    }

    /** A carrier of slf4j's {@link MDC}. */
    record OfMdc() implements ContextCarrier {
        @Override
        public <T extends @Nullable Object> Callable<T> carry(Callable<T> body) {
            Map<String, String> captured = MDC.getCopyOfContextMap();
            if (captured == null || captured.isEmpty()) return body;
            return () -> {
                MDC.setContextMap(captured);
                return body.call(); // the thread ends with the task, and its map with it
            };
        }
    }
}
