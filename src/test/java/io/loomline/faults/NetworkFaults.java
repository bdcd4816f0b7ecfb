package io.loomline.faults;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loomline.Runtime;
import io.loomline.connect.ConnectFailedException;
import io.loomline.connect.ConnectOptions;
import io.loomline.faults.Fault.Place;
import io.loomline.net.Connection;
import io.loomline.probe.LoopbackAddress;
import io.loomline.server.Server;
import io.loomline.server.ServerOptions;
import io.loomline.task.Task;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;

/** Networks that are short of ports, names or a family. */
final class NetworkFaults {
    private static final int PORTS = 51;

    private NetworkFaults() {}

    static List<Fault> rows() {
        return List.of(
                Fault.of(
                                "burst",
                                "4,000 connects at once",
                                "queued: p99 < 200 ms, 0 failed",
                                NetworkFaults::burst)
                        .in(Place.jvm()),
                Fault.of(
                                "ports",
                                "ip_local_port_range of 51, in a network namespace",
                                "a typed error < 100 ms, and connects again",
                                NetworkFaults::exhaustPorts)
                        .in(
                                Namespace.network(
                                        "echo 50000 50050"
                                                + " >/proc/sys/net/ipv4/ip_local_port_range")),
                Fault.of(
                                "dns",
                                "a resolver that never answers; four addresses that do not either",
                                "cancel < 100 ms; staggered, all causes",
                                NetworkFaults::blackHole)
                        .in(Namespace.network(blackHoles())),
                Fault.of(
                                "ipv6-off",
                                "disable_ipv6, in a network namespace",
                                "IPv4 serves; ::1 is an IOException",
                                NetworkFaults::withoutIpv6)
                        .in(Namespace.network("echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6")));
    }

    private static String blackHoles() {
        return String.join(
                " && ",
                "f=$(mktemp)",
                "echo 'nameserver 127.0.0.9\noptions timeout:1 attempts:1' >$f",
                "mount --bind $f /etc/resolv.conf",
                "rm -f $f",
                "ip link add hole type veth peer name nobody",
                "ip addr add 10.9.9.254/24 dev hole",
                "ip link set nobody up",
                "ip link set hole up",
                "for i in 1 2 3 4; do ip neigh add 10.9.9.$i lladdr 2:0:0:0:0:$i dev hole; done");
    }

    private static void burst(Trial trial) throws Exception {
        int clients = trial.times(4_000, 200);
        long[] connected = new long[clients];
        long[] served = new long[clients];
        List<SocketChannel> channels = new ArrayList<>();
        int failed = 0;
        try (Stage stage = Stage.open(ServerOptions.DEFAULT, NetworkFaults::greet)) {
            for (int i = 0; i < clients; i++) {
                long start = System.nanoTime();
                SocketChannel channel = SocketChannel.open();
                channels.add(channel);
                try {
                    channel.connect(LoopbackAddress.of(stage.port()));
                } catch (IOException e) {
                    failed++;
                }
                connected[i] = System.nanoTime() - start;
                served[i] = start;
            }
            for (int i = 0; i < clients; i++) {
                if (!isGreeted(channels.get(i))) failed++;
                served[i] = System.nanoTime() - served[i];
            }
            for (SocketChannel each : channels) each.close();
            stage.awaitNoConnection();
        }
        trial.equal("failed", 0, failed);
        trial.within("connect p99", Duration.ofMillis(200), p99(connected));
        trial.note("served p99 %,d ms".formatted(p99(served).toMillis()));
        trial.connections(0);
    }

    private static void greet(Connection connection) throws Exception {
        connection.writeLine("welcome");
        connection.readLine();
    }

    private static boolean isGreeted(SocketChannel channel) {
        try {
            return channel.read(java.nio.ByteBuffer.allocate(100)) > 0;
        } catch (IOException e) {
            return false;
        }
    }

    private static Duration p99(long[] nanos) {
        Arrays.sort(nanos);
        return Duration.ofNanos(nanos[nanos.length * 99 / 100]);
    }

    private static void exhaustPorts(Trial trial) throws Exception {
        requireSetting("/proc/sys/net/ipv4/ip_local_port_range", "50000\t50050");
        try (Runtime runtime = Runtime.open()) {
            Server server = runtime.listen(LoopbackAddress.of(7_000), Stage::echo);
            List<Connection> connections = new ArrayList<>();
            IOException failure = null;
            long start = 0;
            while (failure == null && connections.size() <= PORTS) {
                start = System.nanoTime();
                try {
                    connections.add(runtime.connect(server.localAddress()));
                } catch (IOException e) {
                    failure = e;
                }
            }
            Duration took = Trial.since(start);
            trial.note(connections.size() + " connects");
            trial.holds("then an IOException", failure != null);
            trial.note("" + failure);
            trial.within("error after", Duration.ofMillis(100), took);
            connections.removeLast().abort();
            connections.add(runtime.connect(server.localAddress()));
            connections.getLast().writeLine("x");
            trial.holds("connects again", "x".equals(connections.getLast().readLine()));
            for (Connection each : connections) each.close();
        }
        trial.connections(0);
    }

    private static void requireSetting(String path, String expected) throws IOException {
        String seen;
        try (var file = Files.newInputStream(Path.of(path))) {
            seen = new String(file.readNBytes(100), StandardCharsets.US_ASCII).strip();
        }
        assumeTrue(seen.equals(expected), path + " is " + seen + ": setting it needs root");
    }

    private static void blackHole(Trial trial) throws Exception {
        try (var silent = new DatagramSocket(53, InetAddress.ofLiteral("127.0.0.9"));
                Runtime runtime = Runtime.open()) {
            trial.note("resolver at " + silent.getLocalSocketAddress());
            Task<Connection> connecting =
                    runtime.start(() -> runtime.connect("unanswered.example", 80));
            silent.receive(new DatagramPacket(new byte[512], 512)); // the question
            trial.holds("waits for the name", !connecting.isDone());
            long start = System.nanoTime();
            connecting.cancel();
            trial.holds("cancelled", isCancelled(connecting));
            trial.within("after", Duration.ofMillis(100), Trial.since(start));
            connectToHoles(trial, runtime);
        }
        trial.connections(0);
    }

    private static boolean isCancelled(Task<?> task)
            throws InterruptedException, ExecutionException {
        try {
            task.join();
            return false;
        } catch (CancellationException e) {
            return true;
        }
    }

    private static void connectToHoles(Trial trial, Runtime runtime) throws Exception {
        List<InetAddress> holes = new ArrayList<>();
        for (int i = 1; i <= 4; i++) holes.add(InetAddress.ofLiteral("10.9.9." + i));
        Duration timeout = Duration.ofSeconds(2);
        var options = ConnectOptions.DEFAULT.withTimeout(timeout).withResolver(_ -> holes);
        long start = System.nanoTime();
        Throwable failure = null;
        try {
            runtime.connect("holes.example", 80, options).close();
        } catch (SocketTimeoutException | ConnectFailedException e) {
            failure = e;
        }
        trial.within("timeout", timeout.plusMillis(250), Trial.since(start));
        String all = failure + Arrays.toString(failure == null ? null : failure.getSuppressed());
        long named = holes.stream().filter(each -> all.contains(each.getHostAddress())).count();
        trial.equal("addresses named", holes.size(), named);
    }

    private static void withoutIpv6(Trial trial) throws Exception {
        requireSetting("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
        for (var kernel : Stage.kernels()) {
            try (Stage any = Stage.over(kernel, Stage::echo)) {
                Server both = any.runtime.listen(0, Stage::echo);
                try (Peer peer = Peer.to(both.port())) {
                    trial.holds("IPv4 served", "x".equals(peer.ask("x")));
                }
                var literal = new InetSocketAddress(InetAddress.ofLiteral("::1"), 0);
                String outcome;
                try {
                    outcome = "bound " + any.runtime.listen(literal, Stage::echo);
                } catch (IOException e) {
                    outcome = "IOException";
                }
                trial.holds("::1 " + outcome, outcome.equals("IOException"));
                var remote = new InetSocketAddress(InetAddress.ofLiteral("::1"), both.port());
                try {
                    outcome = "connected " + any.runtime.connect(remote);
                } catch (IOException e) {
                    outcome = "IOException";
                }
                trial.holds("to ::1 " + outcome, outcome.equals("IOException"));
            }
        }
        trial.connections(4);
    }
}
