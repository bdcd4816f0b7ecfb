package io.loomline.task;

import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;

/**
 * Hands context of the thread that starts a task on to the task: a {@link ScopedValue}, or slf4j's
 * {@link MDC}. A task inherits nothing unless a carrier is registered with the runtime:
 *
 * <pre>{@code
 * static final ScopedValue<String> TENANT = ScopedValue.newInstance();
 * var options = RuntimeOptions.DEFAULT
 *         .withContext(ContextCarrier.scopedValue(TENANT), ContextCarrier.mdc());
 * }</pre>
 */
public interface ContextCarrier {
    /**
     * Captures the context of the calling thread. Called on the thread that starts a task, at each
     * start; must not block.
     *
     * @param <T> the type of the task's result
     * @param body the task's body
     * @return a body that runs the given one in the captured context
     */
    <T extends @Nullable Object> Callable<T> carry(Callable<T> body);

    /**
     * {@return a carrier of a scoped value; without effect while the value is not bound}
     *
     * @param value the value
     */
    static ContextCarrier scopedValue(ScopedValue<?> value) {
        return new OfScopedValue<>(Objects.requireNonNull(value, "value"));
    }

    /** {@return a carrier of slf4j's {@link MDC}; without effect while its map is empty} */
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
