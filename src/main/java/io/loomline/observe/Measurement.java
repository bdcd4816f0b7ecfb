package io.loomline.observe;

import java.util.Map;

/**
 * A value of a metric.
 *
 * @param value the value, in the unit of the metric
 * @param attributes what it belongs to, such as {@code server.port}; names and types follow the
 *     semantic conventions of OpenTelemetry: each value is a {@link String} or a {@link Long}
 */
public record Measurement(long value, Map<String, Object> attributes) {
    /**
     * A value. The map is copied.
     *
     * @throws IllegalArgumentException if an attribute is neither a string nor a long
     */
    public Measurement {
        attributes = Map.copyOf(attributes);
        for (var each : attributes.entrySet()) {
            if (each.getValue() instanceof String || each.getValue() instanceof Long) continue;
            throw new IllegalArgumentException(
                    "attribute " + each + ": expected a String or a Long");
        }
    }
}
