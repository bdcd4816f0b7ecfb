package io.loomline.faults;

import io.loomline.faults.Fault.Place;
import io.loomline.net.Connection;
import io.loomline.probe.Eventually;
import io.loomline.probe.LoopbackAddress;
import io.loomline.server.ServerOptions;
import io.loomline.stream.Limits;
import io.loomline.stream.LineFormat;
import io.loomline.stream.LineTooLongException;
import io.loomline.task.SystemClock;

import java.io.IOException;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Peers that are slow, silent or endless. */
final class SlowFaults {
    private static final Duration SLACK = Duration.ofMillis(250);

    private SlowFaults() {}

    static List<Fault> rows() {
        return List.of(
                Fault.of(
                                "half-open",
                                "the link goes down in a network namespace, silent and writing",
                                "cut at the idle limit +250 ms; a writer at 2x at most",
                                SlowFaults::cutLink)
                        .in(Namespace.NETWORK),
                Fault.of(
                                "slow-reader",
                                "100 clients never read",
                                "writers stall, then the limit; heap <= cap; others' p99 <= 2x",
                                SlowFaults::neverRead)
                        .in(Place.jvm()),
                Fault.of(
                                "slowloris",
                                "5,000 clients, a byte every 10 s, with a line limit of 12 s",
                                "all cut at the line limit +1 s; good p99 < 50 ms and <= 2x",
                                SlowFaults::trickle)
                        .in(Place.jvm()),
                Fault.of(
                                "no-newline",
                                "1 GB without a newline",
                                "LineTooLong, allocated <= 4x the limit",
                                SlowFaults::endlessLine)
                        .in(Place.jvm()));
    }

    private static void cutLink(Trial trial) throws Exception {
        Duration limit = Duration.ofSeconds(2);
        var limits = Limits.NONE.withIdleTimeout(limit).withWriteTimeout(limit);
        Map<String, Long> cutNanos = new ConcurrentHashMap<>();
        try (Stage stage =
                        Stage.open(
                                ServerOptions.DEFAULT.withLimits(limits),
                                c -> readOrFlood(c, cutNanos));
                Peer silent = Peer.to(stage.port());
                Peer flooded = Peer.to(stage.port())) {
            silent.ask("silent");
            flooded.ask("flood");
            Thread.ofPlatform().daemon().start(() -> drain(flooded)); // until nothing arrives
            new ProcessBuilder("ip", "link", "set", "lo", "down").start().waitFor();
            long start = System.nanoTime();
            Eventually.holds(() -> cutNanos.size() == 2);
            for (var cut : cutNanos.entrySet()) {
                Duration took = Duration.ofNanos(cut.getValue() - start);
                // the kernel takes some more when it merges what it sends again: tcp_retransmit
                int times = cut.getKey().equals("silent") ? 1 : 2;
                trial.within(
                        cut.getKey() + " cut after", limit.multipliedBy(times).plus(SLACK), took);
            }
            stage.awaitNoConnection();
        }
        trial.connections(2);
    }

    private static void drain(Peer peer) {
        try {
            peer.socket.getInputStream().transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            // closed
        }
    }

    /** Reads for ever, or writes for ever. */
    private static void readOrFlood(Connection connection, Map<String, Long> cutNanos)
            throws Exception {
        String kind = connection.readLine();
        connection.writeLine("yes");
        connection.flush();
        try {
            if ("silent".equals(kind)) connection.readLine();
            byte[] block = new byte[16_384];
            while (true) connection.write(block);
        } catch (SocketTimeoutException e) {
            cutNanos.put(kind, System.nanoTime());
        }
    }

    private static void neverRead(Trial trial) throws Exception {
        int slow = 100;
        Duration limit = Duration.ofSeconds(6);
        var limits = Limits.DEFAULT.withWriteTimeout(limit);
        var stalled = new AtomicInteger();
        var writers = new StalledWriters();
        try (Stage stage =
                Stage.open(
                        ServerOptions.DEFAULT.withLimits(limits),
                        c -> echoOrFlood(c, writers, stalled))) {
            Latency.of(stage.port(), Duration.ofSeconds(2)); // warms the code up
            Latency alone = Latency.of(stage.port(), Duration.ofSeconds(2));
            long heap = Heap.usedBytes();
            List<Peer> peers = new ArrayList<>();
            for (int i = 0; i < slow; i++) peers.add(Peer.to(stage.port()).send("flood\n"));
            writers.await(slow);
            long start = System.nanoTime();
            Latency beside = Latency.of(stage.port(), Duration.ofSeconds(2));
            long perConnection = (Heap.usedBytes() - heap) / slow;
            stage.awaitNoConnection();
            Duration took = Trial.since(start);
            for (Peer each : peers) each.close();
            trial.equal("stalled and cut", slow, stalled.get());
            trial.note("last cut after %,d ms".formatted(took.toMillis())); // the kernel takes on
            trial.atMost(
                    "heap bytes per connection", 2L * Limits.DEFAULT.bufferBytes(), perConnection);
            judge(trial, stage, alone, beside);
        }
        trial.connections(slow);
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) > 0 ? one : other;
    }

    private static void echoOrFlood(
            Connection connection, StalledWriters writers, AtomicInteger stalled) throws Exception {
        byte[] block = new byte[16_384];
        for (String line; (line = connection.readLine()) != null; ) {
            if (!line.equals("flood")) {
                connection.writeLine(line);
                continue;
            }
            writers.add(connection);
            try {
                while (true) connection.write(block);
            } catch (SocketTimeoutException e) {
                stalled.incrementAndGet();
                return;
            }
        }
    }

    private static void trickle(Trial trial) throws Exception {
        int clients = 5_000;
        Duration limit = Duration.ofSeconds(12);
        var limits = Limits.DEFAULT.withLineTimeout(limit);
        Map<Object, Long> cutAfter = new ConcurrentHashMap<>();
        try (Stage stage =
                        Stage.open(
                                ServerOptions.DEFAULT.withLimits(limits),
                                c -> echoUntilCut(c, cutAfter));
                var slowloris = new Slowloris(stage.port(), clients)) {
            Latency.of(stage.port(), Duration.ofSeconds(2)); // warms the code up
            Latency alone = Latency.of(stage.port(), Duration.ofSeconds(4));
            slowloris.start();
            Latency beside = Latency.of(stage.port(), limit); // with the second byte of each
            Eventually.holds(() -> cutAfter.size() == clients);
            trial.equal("cut", clients, cutAfter.size());
            trial.equal("second bytes", clients, slowloris.secondBytes());
            long last = cutAfter.values().stream().mapToLong(Long::longValue).max().orElse(0);
            long first = cutAfter.values().stream().mapToLong(Long::longValue).min().orElse(0);
            trial.holds("none before the limit", first >= limit.toNanos() - SLACK.toNanos());
            trial.within("last after", limit.plusSeconds(1), Duration.ofNanos(last));
            stage.awaitNoConnection();
            judge(trial, stage, alone, beside);
            trial.within("below 50 ms", Duration.ofMillis(50), beside.p99());
        }
        trial.connections(clients);
    }

    /** Others may double the time of a good client, which is measured again without them. */
    private static void judge(Trial trial, Stage stage, Latency before, Latency beside)
            throws IOException {
        Latency after = Latency.of(stage.port(), Duration.ofSeconds(2));
        trial.note("good p99 alone %s and %s".formatted(before.p99Text(), after.p99Text()));
        Duration alone = longer(before.p99(), after.p99());
        Duration bound = longer(alone.multipliedBy(2), Duration.ofMillis(1));
        trial.within("good p99", bound, beside.p99());
    }

    /** Takes the time from the first byte of a line to the cut. */
    private static void echoUntilCut(Connection connection, Map<Object, Long> cutAfter)
            throws Exception {
        long start = 0;
        try {
            while (connection.peek(1).length > 0) {
                start = System.nanoTime();
                connection.writeLine(connection.readLine());
            }
        } catch (SocketTimeoutException e) {
            cutAfter.put(connection, System.nanoTime() - start);
        }
    }

    private static void endlessLine(Trial trial) throws Exception {
        int megabytes = trial.times(1_024, 16);
        Map<String, Long> seen = new ConcurrentHashMap<>();
        try (Stage stage =
                Stage.open(
                        ServerOptions.DEFAULT.withLimits(Limits.NONE),
                        c -> {
                            seen.merge(readTooLong(c), 1L, Long::sum);
                            c.writeLine("seen");
                        })) {
            sendEndless(stage, megabytes);
            stage.awaitNoConnection();
        }
        trial.all("too long, then good", 1, seen);
        trial.note(megabytes + " MB over TCP");
        trial.atMost(
                "allocated bytes without waits",
                4L * LineFormat.DEFAULT.maxBytes(),
                allocated(megabytes));
        trial.connections(0);
    }

    /** What this thread allocates for a long line that is there: no wait allocates for it. */
    private static long allocated(int megabytes) throws Exception {
        long bytes = 0;
        for (int length : new int[] {1, megabytes}) { // the first loads the classes
            var line = new LongLine(length * Heap.MEGABYTE);
            long before = Heap.allocatedByThisThread();
            try (Connection connection = Connection.over(line, SystemClock.INSTANCE)) {
                readTooLong(connection);
            }
            bytes = Heap.allocatedByThisThread() - before;
        }
        return bytes;
    }

    private static void sendEndless(Stage stage, int megabytes) throws IOException {
        ByteBuffer block = ByteBuffer.allocateDirect((int) Heap.MEGABYTE);
        try (SocketChannel peer = SocketChannel.open(LoopbackAddress.of(stage.port()))) {
            for (int i = 0; i < megabytes; i++) {
                block.clear();
                while (block.hasRemaining()) peer.write(block);
            }
            peer.write(ByteBuffer.wrap("\ngood\n".getBytes(StandardCharsets.US_ASCII)));
            peer.read(block.clear());
        }
    }

    private static String readTooLong(Connection connection)
            throws IOException, InterruptedException {
        String outcome;
        try {
            outcome = "a line of " + connection.readLine();
        } catch (LineTooLongException e) {
            outcome = "too long";
        }
        return outcome + ", then " + connection.readLine();
    }
}
