package io.loomline.observe;

import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * Something that a runtime counts.
 *
 * <p><i>Threads:</i> any thread may read it, also after the runtime was closed.
 *
 * <p><i>Source:</i> the instruments of <a
 * href="https://opentelemetry.io/docs/specs/otel/metrics/api/">the OpenTelemetry metrics API</a>.
 *
 * @param name in the style of the semantic conventions, such as {@code
 *     loomline.server.active_connections}
 * @param unit in UCUM, such as {@code By} for bytes
 * @param description one sentence
 * @param kind whether its values may fall
 * @param reading gives the present values
 */
public record Metric(
        String name,
        String unit,
        String description,
        Kind kind,
        Supplier<List<Measurement>> reading) {
    /** Whether values may fall. */
    public enum Kind {
        /** Values only grow, until a server is closed. */
        COUNTER,
        /** Values grow and fall. */
        UP_DOWN_COUNTER
    }

    /** A metric. */
    public Metric {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(unit, "unit");
        Objects.requireNonNull(description, "description");
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(reading, "reading");
    }

    /**
     * Reads the values.
     *
     * @return one for each set of attributes; servers that are closed have none
     */
    public List<Measurement> read() {
        return reading.get();
    }
}
