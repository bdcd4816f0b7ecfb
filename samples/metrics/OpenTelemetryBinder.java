import io.loomline.Runtime;
import io.loomline.observe.Measurement;
import io.loomline.observe.Metric;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.metrics.ObservableLongMeasurement;

/**
 * Publishes what a runtime counts through OpenTelemetry.
 *
 *     OpenTelemetryBinder.bind(runtime, openTelemetry.getMeter("io.loomline"));
 */
final class OpenTelemetryBinder {
    private OpenTelemetryBinder() {}

    static void bind(Runtime runtime, Meter meter) {
        for (Metric metric : runtime.metrics()) {
            switch (metric.kind()) {
                case COUNTER ->
                        meter.counterBuilder(metric.name())
                                .setUnit(metric.unit())
                                .setDescription(metric.description())
                                .buildWithCallback(target -> record(metric, target));
                case UP_DOWN_COUNTER ->
                        meter.upDownCounterBuilder(metric.name())
                                .setUnit(metric.unit())
                                .setDescription(metric.description())
                                .buildWithCallback(target -> record(metric, target));
            }
        }
    }

    private static void record(Metric metric, ObservableLongMeasurement target) {
        for (Measurement each : metric.read()) {
            var attributes = Attributes.builder();
            each.attributes()
                    .forEach(
                            (name, value) -> {
                                if (value instanceof Long number) attributes.put(name, number);
                                else attributes.put(name, value.toString());
                            });
            target.record(each.value(), attributes.build());
        }
    }
}
