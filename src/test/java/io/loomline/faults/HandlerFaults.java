package io.loomline.faults;

import io.loomline.faults.Fault.Place;
import io.loomline.net.Connection;
import io.loomline.probe.Child;
import io.loomline.probe.Kernel;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Handlers that fail in the worst ways, and a heap that runs out. */
final class HandlerFaults {
    private HandlerFaults() {}

    static List<Fault> rows() {
        return List.of(
                Fault.of(
                        "handler-errors",
                        "Error, StackOverflowError, OutOfMemoryError thrown",
                        "that connection only, acceptor alive",
                        HandlerFaults::fail),
                Fault.of(
                                "heap-in-handler",
                                "-Xmx64m, each handler takes the whole heap",
                                "that connection only, acceptor alive",
                                HandlerFaults::exhaustHeap)
                        .in(Place.jvm("-Xmx64m")),
                Fault.of(
                        "small-heap",
                        "-Xmx64m, 3,000 clients of a byte, then of 17 KB",
                        "loses connections, not the server: serves within 1 s of memory, SIGTERM"
                                + " works",
                        HandlerFaults::fillHeap));
    }

    private static void fail(Trial trial) throws Exception {
        int rounds = trial.times(1_000, 20);
        try (Stage stage = Stage.open(HandlerFaults::serveOrFail);
                Peer bystander = Peer.to(stage.port())) {
            for (String kind : List.of("error", "stack", "memory")) {
                Map<String, Long> outcomes =
                        Peer.visit(rounds, 2, _ -> failed(Peer.to(stage.port()), kind));
                trial.all(kind + " closed", rounds, outcomes);
                trial.holds("bystander served", "x".equals(bystander.ask("x")));
            }
            trial.holds("accepting", stage.server.isAccepting());
        }
        trial.connections(3 * rounds);
    }

    private static String failed(Peer peer, String kind) throws IOException {
        try (peer) {
            String answer = peer.ask(kind);
            return answer == null ? kind + " closed" : "answered " + answer;
        }
    }

    private static void serveOrFail(Connection connection) throws Exception {
        for (String line; (line = connection.readLine()) != null; ) {
            switch (line) {
                case "error" -> throw new Error("an error of the handler");
                case "stack" -> connection.writeLine("" + recurse(0));
                case "memory" -> throw new OutOfMemoryError("thrown by the handler");
                case "heap" -> connection.writeLine("" + takeHeap().length);
                default -> connection.writeLine(line);
            }
        }
    }

    @SuppressWarnings("InfiniteRecursion") // overflows the stack
    private static int recurse(int depth) {
        return recurse(depth + 1) + 1;
    }

    private static Object[] takeHeap() {
        Object[] chain = new Object[1];
        while (chain.length > 0) chain = new Object[] {chain, new byte[8 * (int) Heap.MEGABYTE]};
        return chain;
    }

    private static void exhaustHeap(Trial trial) throws Exception {
        int rounds = trial.times(20, 3);
        int closed = 0;
        try (Stage stage = Stage.open(HandlerFaults::serveOrFail);
                Peer bystander = Peer.to(stage.port())) {
            for (int i = 0; i < rounds; i++) {
                if (failed(Peer.to(stage.port()), "heap").equals("heap closed")) closed++;
            }
            trial.equal("closed", rounds, closed);
            trial.holds("bystander served", "x".equals(bystander.ask("x")));
            long start = System.nanoTime();
            try (Peer next = Peer.to(stage.port())) {
                trial.holds("next served", "x".equals(next.ask("x")));
            }
            // a second after the last collection, the server stops believing in its figure
            trial.within("after", Duration.ofSeconds(2), Trial.since(start));
        }
        trial.connections(2 * rounds); // pauses log a line a second
    }

    private static void fillHeap(Trial trial) throws Exception {
        int clients = trial.times(3_000, 100);
        List<String> options = new ArrayList<>(Kernel.chosen().jvmOptions());
        options.add("-Xmx64m");
        Class<?> program = Class.forName("io.loomline.SmallHeapTest$Echo");
        List<Peer> peers = new ArrayList<>();
        try (Child child = Child.start(program, options)) {
            int port = Integer.parseInt(child.readLine());
            for (int bytes : new int[] {1, 17_000}) {
                peers.addAll(come(port, clients, bytes));
                serveNext(trial, port, Duration.ofSeconds(20), "beside " + bytes + " bytes each");
                for (Peer each : peers) each.close();
                peers.clear();
                serveNext(trial, port, Duration.ofSeconds(1), "after them");
            }
            child.signal("TERM");
            List<String> said = child.rest();
            trial.atMost("log lines of the child", 2L * clients, said.size());
            trial.holds("ends by SIGTERM", child.exitCode() == 143 || child.exitCode() == 0);
        } finally {
            for (Peer each : peers) each.close();
        }
        trial.connections(0);
    }

    private static void serveNext(Trial trial, int port, Duration bound, String when)
            throws IOException {
        long start = System.nanoTime();
        try (Peer next = Peer.to(port)) {
            trial.holds("serves " + when, "x".equals(next.ask("x")));
        }
        trial.within("in", bound, Trial.since(start));
    }

    private static List<Peer> come(int port, int clients, int bytes) throws IOException {
        List<Peer> peers = new ArrayList<>();
        String text = "x".repeat(bytes);
        for (int i = 0; i < clients; i++) {
            Peer peer = Peer.to(port);
            peers.add(peer);
            try {
                peer.send(text);
            } catch (IOException e) {
                // lost for lack of memory, as it may be
            }
        }
        return peers;
    }
}
