package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.observe.Measurement;
import io.loomline.observe.Metric;
import io.loomline.probe.Eventually;
import io.loomline.server.Server;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.metrics.InstrumentType;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.export.CollectionRegistration;
import io.opentelemetry.sdk.metrics.export.MetricReader;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.spi.ToolProvider;

/** What a runtime counts, and the programs of {@code samples/metrics} with the real libraries. */
class MetricsTest {
    private static final String HELLO = "hello";

    private final Runtime runtime = Runtime.open();

    @TempDir Path scratch;

    @AfterEach
    void close() {
        runtime.close();
    }

    private Server echoOneLine() throws Exception {
        Server server =
                runtime.listen(
                        0,
                        connection -> {
                            for (String line; (line = connection.readLine()) != null; )
                                connection.writeLine(line);
                        });
        try (var client = runtime.connect("localhost", server.port())) {
            client.writeLine(HELLO);
            assertEquals(HELLO, client.readLine());
        }
        Eventually.holds(() -> server.connectionCount() == 0);
        return server;
    }

    private List<Measurement> read(String name) {
        Metric metric =
                runtime.metrics().stream()
                        .filter(each -> each.name().equals(name))
                        .findAny()
                        .orElseThrow();
        return metric.read();
    }

    @Test
    void countsConnectionsAndBytes() throws Exception {
        Server server = echoOneLine();
        Measurement accepted = read("loomline.server.accepted_connections").getFirst();
        assertEquals(1, accepted.value());
        assertEquals(
                Map.of(
                        "network.transport", "tcp",
                        "network.type", "ipv4",
                        "server.address", "127.0.0.1",
                        "server.port", (long) server.port()),
                accepted.attributes());
        List<Measurement> bytes = read("loomline.server.io");
        assertEquals(List.of(6L, 6L), bytes.stream().map(Measurement::value).toList());
        assertEquals(
                List.of("receive", "transmit"),
                bytes.stream().map(each -> each.attributes().get("network.io.direction")).toList());
        assertEquals(0, read("loomline.server.active_connections").getFirst().value());
    }

    @Test
    void countersNeverFallWhileConnectionsEnd() throws Exception {
        Server server = runtime.listen(0, connection -> connection.readLine());
        try (var group = runtime.group()) {
            var clients =
                    group.start(() -> {
                        for (int i = 0; i < 300; i++) {
                            try (var client = runtime.connect("localhost", server.port())) {
                                client.writeLine(HELLO);
                                client.readLine();
                            }
                        }
                    });
            long least = 0;
            while (!clients.isDone()) {
                long now = server.bytesRead();
                // the few connections that end at this moment may be counted twice
                assertTrue(now >= least - 3 * 6, now + " after " + least);
                least = Math.max(least, now);
            }
            clients.join();
        }
        Eventually.holds(() -> server.bytesRead() == 300 * 6);
    }

    @Test
    void closedServersHaveNoValues() throws Exception {
        echoOneLine().close();
        assertEquals(List.of(), read("loomline.server.io"));
    }

    @Test
    void unixServersHaveAPath() throws Exception {
        var address = java.net.UnixDomainSocketAddress.of(scratch.resolve("s"));
        runtime.listen(address, _ -> {});
        assertEquals(
                Map.of("network.transport", "unix", "server.address", address.toString()),
                read("loomline.server.max_connections").getFirst().attributes());
    }

    @Test
    void micrometerReadsThem() throws Exception {
        Server server = echoOneLine();
        var registry = new SimpleMeterRegistry();
        micrometer().bindTo(registry);
        assertEquals(6, received(registry, server));
        try (var client = runtime.connect("localhost", server.port())) {
            client.writeLine(HELLO);
            client.readLine();
            assertEquals(12, received(registry, server));
            assertEquals(1, registry.get("loomline.server.active_connections").gauge().value());
        }
    }

    @Test
    void micrometerReadsThemAfterACollection() throws Exception {
        Server server = echoOneLine();
        var registry = new SimpleMeterRegistry();
        micrometer().bindTo(registry);
        var collected = new WeakReference<>(new Object());
        Eventually.holds(() -> {
            System.gc();
            return collected.refersTo(null);
        });
        try (var client = runtime.connect("localhost", server.port())) {
            client.writeLine(HELLO);
            client.readLine();
            assertEquals(12, received(registry, server));
        }
        assertEquals("bytes", registry.get("loomline.server.io").meter().getId().getBaseUnit());
        assertNull(registry.get("loomline.tasks").meter().getId().getBaseUnit());
    }

    private MeterBinder micrometer() throws Exception {
        var constructor = compiled("MicrometerBinder").getDeclaredConstructor(Runtime.class);
        constructor.setAccessible(true);
        return (MeterBinder) constructor.newInstance(runtime);
    }

    @Test
    void countsTheTasksOfGroupsAndServers() throws Exception {
        runtime.listen(0, _ -> {});
        var never = new CountDownLatch(1);
        try (var group = runtime.group()) {
            group.start(() -> never.await());
            assertEquals(runtime.tree().tasks().count(), read("loomline.tasks").getFirst().value());
            long tasks = read("loomline.tasks").getFirst().value();
            assertTrue(tasks >= 2, () -> "those that accept and that of the group: " + tasks);
            group.cancel("the end of the test");
        }
    }

    @Test
    void attributesAreStringsOrLongs() {
        var failure =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> new Measurement(1, Map.of("server.port", 80)));
        assertTrue(failure.getMessage().contains("server.port=80"), failure::getMessage);
    }

    private static double received(MeterRegistry registry, Server server) {
        return registry.get("loomline.server.io")
                .tag("network.io.direction", "receive")
                .tag("server.port", Integer.toString(server.port()))
                .functionCounter()
                .count();
    }

    @Test
    void openTelemetryReadsThem() throws Exception {
        Server server = echoOneLine();
        var reader = new CollectingReader();
        try (var provider = SdkMeterProvider.builder().registerMetricReader(reader).build()) {
            var bind =
                    compiled("OpenTelemetryBinder")
                            .getDeclaredMethod("bind", Runtime.class, Meter.class);
            bind.setAccessible(true);
            bind.invoke(null, runtime, provider.get("io.loomline"));
            MetricData bytes =
                    reader.collect().stream()
                            .filter(each -> each.getName().equals("loomline.server.io"))
                            .findAny()
                            .orElseThrow();
            assertEquals("By", bytes.getUnit());
            assertTrue(bytes.getLongSumData().isMonotonic());
            LongPointData received =
                    bytes.getLongSumData().getPoints().stream()
                            .filter(each -> hasDirection(each.getAttributes(), "receive"))
                            .findAny()
                            .orElseThrow();
            assertEquals(6, received.getValue());
            assertTrue(
                    received.getAttributes().toString().contains("server.port=" + server.port()));
            assertEquals(
                    server.port(),
                    received.getAttributes().get(AttributeKey.longKey("server.port")));
        }
    }

    private static boolean hasDirection(Attributes attributes, String direction) {
        return attributes.asMap().containsValue(direction);
    }

    /** Reads on request. */
    private static final class CollectingReader implements MetricReader {
        private CollectionRegistration registration = CollectionRegistration.noop();

        Collection<MetricData> collect() {
            return registration.collectAllMetrics();
        }

        @Override
        public void register(CollectionRegistration made) {
            registration = made;
        }

        @Override
        public CompletableResultCode forceFlush() {
            return CompletableResultCode.ofSuccess();
        }

        @Override
        public CompletableResultCode shutdown() {
            return CompletableResultCode.ofSuccess();
        }

        @Override
        public AggregationTemporality getAggregationTemporality(InstrumentType type) {
            return AggregationTemporality.CUMULATIVE;
        }
    }

    /** Compiles a program against the libraries on the class path, with warnings as errors. */
    private Class<?> compiled(String sample) throws Exception {
        var messages = new StringWriter();
        var writer = new PrintWriter(messages);
        int exitCode =
                ToolProvider.findFirst("javac")
                        .orElseThrow()
                        .run(
                                writer,
                                writer,
                                "--module-path",
                                System.getProperty("jdk.module.path"),
                                "--add-modules",
                                "io.loomline",
                                "--class-path",
                                System.getProperty("java.class.path"),
                                "-Xlint:all,-classfile,-processing",
                                "-d",
                                scratch.toString(),
                                Path.of("samples", "metrics", sample + ".java").toString());
        assertEquals(0, exitCode, messages::toString);
        URL[] classes = {scratch.toUri().toURL()};
        return new URLClassLoader(classes, getClass().getClassLoader()).loadClass(sample);
    }
}
