package io.loomline.faults;

import io.loomline.probe.Child;
import io.loomline.probe.Eventually;
import io.loomline.probe.LoopbackAddress;

import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/** SIGTERM under load. */
final class SignalFaults {
    private static final int CLIENTS = 100;
    private static final long PAUSE_NANOS = Duration.ofMillis(5).toNanos();
    private static final int CONNECT_MILLIS = 10;
    private static final int ACKNOWLEDGED = 10_000;

    private static final Duration LIMIT = JournalProgram.GRACE.plusSeconds(1);

    private SignalFaults() {}

    static List<Fault> rows() {
        return List.of(
                Fault.of(
                        "sigterm",
                        "SIGTERM with 100 clients in the middle of requests",
                        "refuses < 100 ms, finishes, exits <= grace +1 s, no acknowledged line"
                                + " lost",
                        SignalFaults::terminate));
    }

    private static void terminate(Trial trial) throws Exception {
        Path journal = Files.createTempFile("journal", ".txt");
        int port = LoopbackAddress.freePort();
        Set<String> acknowledged = ConcurrentHashMap.newKeySet();
        try (Child child = ProcessFaults.start(Integer.toString(port), journal)) {
            ProcessFaults.bound(child);
            var ends = CompletableFuture.supplyAsync(() -> load(port, acknowledged));
            int enough = trial.times(ACKNOWLEDGED, 500);
            Eventually.holds(() -> acknowledged.size() >= enough);
            child.signal("TERM");
            long start = System.nanoTime(); // the start of kill(1) does not count
            awaitRefusal(port);
            trial.within("refused after", Duration.ofMillis(100), Trial.since(start));
            int code = child.exitCode();
            trial.within("exit after", LIMIT, Trial.since(start));
            trial.note("exit code " + code);
            Map<String, Long> clients = ends.join();
            trial.all("ended in order", CLIENTS, clients);
        }
        Set<String> kept = new HashSet<>(Files.readAllLines(journal));
        Files.delete(journal);
        long lost = acknowledged.stream().filter(line -> !kept.contains(line)).count();
        trial.note("%,d acknowledged".formatted(acknowledged.size()));
        trial.equal("lost", 0, lost);
        trial.connections(0);
    }

    private static Map<String, Long> load(int port, Set<String> acknowledged) {
        try {
            return Peer.visit(CLIENTS, CLIENTS, client -> talk(port, client, acknowledged));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Sends lines until the server ends the connection: in order, or by a reset. */
    private static String talk(int port, int client, Set<String> acknowledged) throws IOException {
        try (Peer peer = Peer.to(port)) {
            for (int number = 0; ; number++) {
                String line = client + " " + number;
                String answer = peer.ask(line);
                if (answer == null) return "ended in order";
                acknowledged.add(answer);
            }
        }
    }

    /** A connect that comes while the server still accepts the queue gets no answer. */
    private static void awaitRefusal(int port) throws IOException {
        while (true) {
            try (Socket socket = new Socket()) {
                socket.setSoLinger(true, 0);
                socket.connect(LoopbackAddress.of(port), CONNECT_MILLIS);
            } catch (ConnectException e) {
                return;
            } catch (SocketTimeoutException e) {
                // neither accepted nor refused yet
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }
}
