import io.loomline.Runtime;
import io.loomline.observe.Measurement;
import io.loomline.observe.Metric;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
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

    private static void bind(MeterRegistry registry, Metric metric, Map<String, String> attributes) {
        Tags tags = Tags.empty();
        for (var each : attributes.entrySet()) tags = tags.and(each.getKey(), each.getValue());
        var last = new Last(metric, attributes);
        switch (metric.kind()) {
            case COUNTER ->
                    FunctionCounter.builder(metric.name(), last, Last::read)
                            .tags(tags)
                            .baseUnit(metric.unit())
                            .description(metric.description())
                            .register(registry);
            case UP_DOWN_COUNTER ->
                    Gauge.builder(metric.name(), last, Last::read)
                            .tags(tags)
                            .baseUnit(metric.unit())
                            .description(metric.description())
                            .strongReference(true)
                            .register(registry);
        }
    }

    /** Reads one value of a metric, or repeats the last one. */
    private static final class Last {
        private final Metric metric;
        private final Map<String, String> attributes;
        private volatile long value;

        Last(Metric metric, Map<String, String> attributes) {
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
