package io.loomline.faults;

import io.loomline.Drivers;
import io.loomline.driver.Driver;
import io.loomline.net.Connection;
import io.loomline.probe.Call;
import io.loomline.probe.Kernel;
import io.loomline.probe.Link;
import io.loomline.stream.ConnectionClosedException;
import io.loomline.task.SystemClock;
import io.loomline.tls.Tls;
import io.loomline.tls.keys.TestCertificates;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** Connections that several threads use and close at once. */
final class CloseFaults {
    private CloseFaults() {}

    /** What two connections are connected by. */
    private enum Way {
        MEMORY,
        NIO,
        EPOLL,
        TLS;

        boolean isHere() {
            return this != EPOLL || Kernel.chosen() == Kernel.EPOLL;
        }

        Driver newDriver() {
            return switch (this) {
                case MEMORY, TLS -> Drivers.memory();
                case NIO -> Drivers.nio();
                case EPOLL -> Drivers.epoll();
            };
        }
    }

    static List<Fault> rows() {
        return List.of(
                Fault.of(
                        "close-race",
                        "a reader, a writer and a close at once, plain and TLS",
                        "ConnectionClosedException, never an end; each < 1 s",
                        CloseFaults::race),
                Fault.of(
                        "double-close",
                        "two threads close at once",
                        "no error, once each",
                        CloseFaults::closeTwice));
    }

    private interface Round {
        void run(Link link, Way way) throws Exception;
    }

    private static void everyWay(Trial trial, int memory, int others, Round round)
            throws Exception {
        Map<Way, Integer> rounds = new TreeMap<>();
        Duration slowest = Duration.ZERO;
        for (Way way : Way.values()) {
            if (!way.isHere()) continue;
            int count = way == Way.MEMORY ? memory : others;
            try (Driver driver = way.newDriver()) {
                for (int i = 0; i < count; i++) {
                    Link link = Link.over(driver, SystemClock.INSTANCE);
                    long start = System.nanoTime();
                    round.run(link, way);
                    Duration took = Trial.since(start);
                    if (took.compareTo(slowest) > 0) slowest = took;
                    link.there().abort();
                }
            }
            rounds.put(way, count);
        }
        trial.note("rounds " + rounds);
        trial.within("slowest", Duration.ofSeconds(1), slowest);
        trial.connections(0);
    }

    private static void race(Trial trial) throws Exception {
        Map<String, Long> seen = new ConcurrentHashMap<>();
        everyWay(
                trial,
                trial.times(20_000, 200),
                trial.times(2_000, 20),
                (link, way) -> {
                    if (way == Way.TLS) secure(link);
                    Connection here = link.here();
                    var reading = Call.of(() -> outcome(() -> here.readLine() + " read"));
                    var writing = Call.of(() -> outcome(() -> writeOn(here)));
                    var closing = Call.of(() -> outcome(() -> closed(here)));
                    var peer = Call.of(() -> outcome(() -> drain(link.there())));
                    seen.merge("reader " + reading.result(), 1L, Long::sum);
                    seen.merge("writer " + writing.result(), 1L, Long::sum);
                    seen.merge("closer " + closing.result(), 1L, Long::sum);
                    peer.awaitEnd();
                });
        long rounds = seen.values().stream().mapToLong(Long::longValue).sum() / 3;
        trial.equal("reads closed", rounds, seen.getOrDefault("reader closed", 0L));
        trial.equal("writes closed", rounds, seen.getOrDefault("writer closed", 0L));
        if (seen.size() > 3) trial.note("outcomes " + seen);
    }

    private interface Action {
        String run() throws IOException, InterruptedException;
    }

    private static String outcome(Action action) throws InterruptedException {
        try {
            return action.run();
        } catch (ConnectionClosedException e) {
            return "closed";
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static String writeOn(Connection connection) throws IOException, InterruptedException {
        while (true) connection.writeLine("a line");
    }

    private static String closed(Connection connection) {
        connection.close();
        return "closed";
    }

    private static String drain(Connection connection) throws IOException, InterruptedException {
        byte[] target = new byte[8_192];
        while (connection.read(target, 0, target.length) >= 0) {}
        return "drained";
    }

    private static void secure(Link link) throws Exception {
        var server = Call.running(() -> link.there().startTls(CloseFaults.SERVER));
        link.here().startTls(CLIENT);
        server.result();
    }

    private static final Tls SERVER =
            Tls.server(TestCertificates.server("localhost").serverContext());
    private static final Tls CLIENT =
            Tls.client(TestCertificates.clientContext()).withServerName("localhost");

    private static void closeTwice(Trial trial) throws Exception {
        Map<String, Long> seen = new ConcurrentHashMap<>();
        everyWay(
                trial,
                trial.times(50_000, 200),
                trial.times(3_000, 20),
                (link, way) -> {
                    if (way == Way.TLS) secure(link);
                    var peer = Call.of(() -> outcome(() -> drain(link.there())));
                    var one = Call.of(() -> outcome(() -> closed(link.here())));
                    var two = Call.of(() -> outcome(() -> closed(link.here())));
                    seen.merge(one.result() + ", " + two.result(), 1L, Long::sum);
                    seen.merge("peer " + peer.result(), 1L, Long::sum);
                });
        long rounds = seen.values().stream().mapToLong(Long::longValue).sum() / 2;
        trial.equal("closed", rounds, seen.getOrDefault("closed, closed", 0L));
        trial.equal("ended for the peer", rounds, seen.getOrDefault("peer drained", 0L));
        if (seen.size() > 2) trial.note("outcomes " + seen);
    }
}
