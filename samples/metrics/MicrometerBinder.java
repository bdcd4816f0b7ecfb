import io.loomline.Runtime;
import io.loomline.observe.Measurement;
import io.loomline.observe.Metric;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.Map;

/**
 * Publishes what a runtime counts through Micrometer. Meters have fixed tags, so bind it again after
 * a further server was opened; a server that is closed keeps its last values.
 *
 *     new MicrometerBinder(runtime).bindTo(registry);
 */
record MicrometerBinder(Runtime runtime) implements MeterBinder {
    @Override
    public void bindTo(MeterRegistry registry) {
        for (Metric metric : runtime.metrics()) {
            for (Measurement present : metric.read()) bind(registry, metric, present.attributes());
        }
    }

    private static void bind(MeterRegistry registry, Metric metric, Map<String, Object> attributes) {
        Tags tags = Tags.empty();
        for (var each : attributes.entrySet()) {
            tags = tags.and(each.getKey(), each.getValue().toString());
        }
        var last = new Last(metric, attributes);
        switch (metric.kind()) {
            case COUNTER ->
                    // the registry keeps the function, but not the object that the function reads
                    FunctionCounter.builder(metric.name(), last, _ -> last.read())
                            .tags(tags)
                            .baseUnit(unit(metric))
                            .description(metric.description())
                            .register(registry);
            case UP_DOWN_COUNTER ->
                    Gauge.builder(metric.name(), last, Last::read)
                            .tags(tags)
                            .baseUnit(unit(metric))
                            .description(metric.description())
                            .strongReference(true)
                            .register(registry);
        }
    }

    /** Micrometer appends it to names, so {@code {connection}}, which counts, is left out. */
    private static String unit(Metric metric) {
        if (metric.unit().startsWith("{")) return null;
        return metric.unit().equals("By") ? BaseUnits.BYTES : metric.unit();
    }

    /** Reads one value of a metric, or repeats the last one. */
    private static final class Last {
        private final Metric metric;
        private final Map<String, Object> attributes;
        private volatile long value;

        Last(Metric metric, Map<String, Object> attributes) {
            this.metric = metric;
            this.attributes = attributes;
        }

        double read() {
            for (Measurement each : metric.read()) {
                if (each.attributes().equals(attributes)) value = each.value();
            }
            return value;
        }
    }
}
