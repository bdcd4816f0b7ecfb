package io.loomline.observe.live;

import io.loomline.log.LogText;
import io.loomline.net.Connections;
import io.loomline.observe.Measurement;
import io.loomline.observe.Metric;
import io.loomline.observe.Metric.Kind;
import io.loomline.server.AdmissionReason;
import io.loomline.server.Server;
import io.loomline.task.TaskGroup;

import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/** The metrics of a runtime. */
public final class RuntimeMetrics {
    private static final String CONNECTIONS = "{connection}";

    private final Supplier<Map<TaskGroup, Server>> servers;

    private RuntimeMetrics(Supplier<Map<TaskGroup, Server>> servers) {
        this.servers = servers;
    }

    /**
     * The metrics of a runtime.
     *
     * @param root its group
     * @param servers gives its open servers
     * @param connections makes its connections
     * @return the metrics; always the same ones
     */
    public static List<Metric> of(
            TaskGroup root, Supplier<Map<TaskGroup, Server>> servers, Connections connections) {
        return new RuntimeMetrics(servers).all(root, connections);
    }

    private List<Metric> all(TaskGroup root, Connections connections) {
        return List.of(
                new Metric(
                        "loomline.tasks",
                        "{task}",
                        "Tasks of the runtime, in all groups and servers.",
                        Kind.UP_DOWN_COUNTER,
                        () -> List.of(new Measurement(TreeWalk.count(root), Map.of()))),
                new Metric(
                        "loomline.client.active_connections",
                        CONNECTIONS,
                        "Open connections that the runtime has opened.",
                        Kind.UP_DOWN_COUNTER,
                        () -> List.of(new Measurement(connections.watched().size(), Map.of()))),
                ofServers(
                        "active_connections",
                        "Connections that are being served.",
                        Kind.UP_DOWN_COUNTER,
                        Server::connectionCount),
                ofServers(
                        "max_connections",
                        "The largest number of connections that are served at a time.",
                        Kind.UP_DOWN_COUNTER,
                        Server::maxConnections),
                ofServers(
                        "accepted_connections",
                        "Connections that a handler was called for.",
                        Kind.COUNTER,
                        Server::acceptedCount),
                ofServers(
                        "failed_connections",
                        "Connections that were lost before they could be served.",
                        Kind.COUNTER,
                        Server::failedCount),
                new Metric(
                        "loomline.server.rejected_connections",
                        CONNECTIONS,
                        "Connections that were refused, by the reason.",
                        Kind.COUNTER,
                        this::rejected),
                new Metric(
                        "loomline.server.io",
                        "By",
                        "Bytes that handlers have read and written.",
                        Kind.COUNTER,
                        this::transferred));
    }

    private Metric ofServers(
            String name, String description, Kind kind, ToLongFunction<Server> value) {
        return new Metric(
                "loomline.server." + name,
                CONNECTIONS,
                description,
                kind,
                () ->
                        servers.get().values().stream()
                                .map(each ->
                                        new Measurement(
                                                value.applyAsLong(each), attributesOf(each)))
                                .toList());
    }

    private List<Measurement> rejected() {
        List<Measurement> all = new ArrayList<>();
        for (Server each : servers.get().values()) {
            Map<AdmissionReason, Long> refusals = each.refusals();
            refusals.forEach(
                    (reason, count) -> all.add(with(each, "error.type", lower(reason), count)));
        }
        return all;
    }

    private List<Measurement> transferred() {
        List<Measurement> all = new ArrayList<>();
        for (Server each : servers.get().values()) {
            all.add(with(each, "network.io.direction", "receive", each.bytesRead()));
            all.add(with(each, "network.io.direction", "transmit", each.bytesWritten()));
        }
        return all;
    }

    private static Measurement with(Server server, String name, String text, long value) {
        Map<String, Object> attributes = attributesOf(server);
        attributes.put(name, text);
        return new Measurement(value, attributes);
    }

    /**
     * <i>Source:</i> <a
     * href="https://opentelemetry.io/docs/specs/semconv/registry/attributes/network/">attributes of
     * networks</a> and of servers.
     */
    private static Map<String, Object> attributesOf(Server server) {
        Map<String, Object> attributes = new LinkedHashMap<>();
        SocketAddress address = server.localAddress();
        if (address instanceof InetSocketAddress inet) {
            boolean four = inet.getAddress() instanceof Inet4Address;
            attributes.put("network.transport", "tcp");
            attributes.put("network.type", four ? "ipv4" : "ipv6");
            attributes.put("server.address", inet.getAddress().getHostAddress());
            attributes.put("server.port", (long) inet.getPort());
        } else {
            attributes.put("network.transport", "unix");
            attributes.put("server.address", LogText.of(address.toString()));
        }
        return attributes;
    }

    private static String lower(AdmissionReason reason) {
        return reason.name().toLowerCase(Locale.ROOT);
    }
}
