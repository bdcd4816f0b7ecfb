package io.loomline.observe;

import java.util.Map;

/**
 * A value of a metric.
 *
 * @param value the value, in the unit of the metric
 * @param attributes what it belongs to, such as {@code server.port}; names follow the semantic
 *     conventions of OpenTelemetry
 */
public record Measurement(long value, Map<String, String> attributes) {
    /** A value. The map is copied. */
    public Measurement {
        attributes = Map.copyOf(attributes);
    }
}
