package io.loomline.faults;

import io.loomline.net.Connection;
import io.loomline.net.Relay;
import io.loomline.probe.Kernel;
import io.loomline.probe.LoopbackAddress;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;

/** Peers that end or reset their connections in the middle of a line. */
final class StreamFaults {
    private static final int THREADS = 2;

    /** How a client leaves. */
    private interface Leave {
        void from(Peer peer) throws IOException;
    }

    /** The reads of the side that is left behind. */
    private interface Reading {
        void read(Connection connection, StringBuilder seen)
                throws IOException, InterruptedException;
    }

    private StreamFaults() {}

    static List<Fault> rows() {
        return List.of(
                Fault.of(
                        "reset-mid-line",
                        "SO_LINGER 0 within a line, direct and through a relay",
                        "whole lines, then the reset; no half-line",
                        trial -> leave(trial, "one|two|reset", Peer::reset)),
                Fault.of(
                        "end-mid-line",
                        "FIN within a line, direct and through a relay",
                        "the unterminated line once, then the end",
                        trial ->
                                leave(
                                        trial,
                                        "one|two|hal|end",
                                        peer -> peer.socket.shutdownOutput())),
                Fault.of(
                        "reset-then-write",
                        "a reset that a write of ours meets first",
                        "whole lines, then an error, never an end",
                        StreamFaults::resetBeforeWrite));
    }

    private static void leave(Trial trial, String expected, Leave leave) throws Exception {
        int visits = trial.times(5_000, 200);
        List<Kernel> kernels = Stage.kernels();
        trial.connections(0);
        for (Kernel kernel : kernels) {
            Map<String, Long> direct = leave(kernel, visits, false, leave);
            trial.all(expected, visits, direct);
            trial.all(expected, visits / 10, leave(kernel, visits / 10, true, leave));
        }
        trial.note("over " + kernels);
    }

    private static Map<String, Long> leave(Kernel kernel, int visits, boolean relayed, Leave leave)
            throws Exception {
        Map<String, Long> seen = new ConcurrentHashMap<>();
        try (Stage end = Stage.over(kernel, c -> record(seen, c, StreamFaults::readAll));
                Stage relay = Stage.over(kernel, c -> relay(c, end))) {
            int port = relayed ? relay.port() : end.port();
            Map<String, Long> clients =
                    Peer.visit(
                            visits,
                            THREADS,
                            _ -> {
                                Peer peer = Peer.to(port);
                                peer.line(); // the greeting: the server has the connection
                                peer.send("one\ntwo\nhal");
                                leave.from(peer);
                                return gone(peer);
                            });
            end.awaitNoConnection();
            if (clients.size() > 1) seen.put("clients " + clients, 1L);
        }
        return seen;
    }

    /** After an end of ours, that of the server; after a reset there is none to wait for. */
    private static String gone(Peer peer) throws IOException {
        try (peer) {
            return peer.socket.isClosed() ? "gone" : "" + (peer.line() == null ? "gone" : "more");
        }
    }

    private static void relay(Connection front, Stage end)
            throws IOException, InterruptedException {
        try (Connection back = end.runtime.connect(LoopbackAddress.of(end.port()))) {
            Relay.between(front, back).run();
        }
    }

    private static void record(Map<String, Long> seen, Connection connection, Reading reading)
            throws InterruptedException {
        var lines = new StringBuilder();
        try {
            reading.read(connection, lines);
        } catch (SocketTimeoutException e) {
            lines.append("timeout");
        } catch (IOException e) {
            lines.append("reset");
        }
        seen.merge(lines.toString(), 1L, Long::sum);
    }

    private static void readAll(Connection connection, StringBuilder seen)
            throws IOException, InterruptedException {
        connection.writeLine("welcome");
        readLines(connection, seen);
    }

    private static void readLines(Connection connection, StringBuilder seen)
            throws IOException, InterruptedException {
        for (String line; (line = connection.readLine()) != null; ) seen.append(line).append('|');
        seen.append("end");
    }

    private static void resetBeforeWrite(Trial trial) throws Exception {
        int visits = trial.times(5_000, 200);
        List<Kernel> kernels = Stage.kernels();
        for (Kernel kernel : kernels) {
            trial.all("one|two|reset", visits, resetBeforeWrite(kernel, visits));
        }
        trial.connections(0);
        trial.note("over " + kernels);
    }

    private static Map<String, Long> resetBeforeWrite(Kernel kernel, int visits) throws Exception {
        Map<Integer, CountDownLatch> resets = new ConcurrentHashMap<>();
        Map<String, Long> seen = new ConcurrentHashMap<>();
        Reading afterWrite =
                (connection, lines) -> {
                    connection.writeLine("welcome");
                    int port = ((InetSocketAddress) connection.remoteAddress()).getPort();
                    resets.computeIfAbsent(port, _ -> new CountDownLatch(1)).await();
                    resets.remove(port);
                    try {
                        connection.writeLine("too late");
                        connection.flush();
                    } catch (IOException e) {
                        // the write met the reset
                    }
                    readLines(connection, lines);
                };
        try (Stage stage = Stage.over(kernel, c -> record(seen, c, afterWrite))) {
            Peer.visit(
                    visits,
                    THREADS,
                    _ -> {
                        Peer peer = Peer.to(stage.port());
                        int port = peer.socket.getLocalPort();
                        var reset = resets.computeIfAbsent(port, _ -> new CountDownLatch(1));
                        peer.line();
                        peer.send("one\ntwo\nhal").reset();
                        reset.countDown();
                        return "gone";
                    });
            stage.awaitNoConnection();
        }
        return seen;
    }
}
