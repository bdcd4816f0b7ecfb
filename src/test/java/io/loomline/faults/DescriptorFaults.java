package io.loomline.faults;

import io.loomline.Runtime;
import io.loomline.faults.Fault.Place;
import io.loomline.net.Connection;
import io.loomline.probe.Eventually;
import io.loomline.probe.LoopbackAddress;
import io.loomline.server.Server;
import io.loomline.task.Task;
import io.loomline.tls.AttackedServer;
import io.loomline.tls.AttackedServer.Kind;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** No descriptor is left, or they leak. */
final class DescriptorFaults {
    private static final int CLIENTS = 10;

    private DescriptorFaults() {}

    static List<Fault> rows() {
        return List.of(
                Fault.of(
                                "emfile",
                                "prlimit --nofile=128, all taken",
                                "keeps its clients, pauses, recovers",
                                DescriptorFaults::exhaust)
                        .in(Place.jvm().by("prlimit", "--nofile=128:128")),
                Fault.of(
                                "exploded-classes",
                                "no descriptor, classes in a directory, resets and failures",
                                "nothing is loaded late: listener and clients recover",
                                DescriptorFaults::failWithoutDescriptors)
                        .in(Place.jvm().by("prlimit", "--nofile=128:128")),
                Fault.of(
                                "language",
                                "LANGUAGE=de LC_ALL=C.utf8, no descriptor",
                                "the same classes of errors as in English",
                                DescriptorFaults::exhaust)
                        .in(Place.jvm().by(germanCommand())),
                Fault.of(
                        "fd-leak",
                        "connects and closes",
                        "fd delta 0, heap < 1 MB per 100,000",
                        DescriptorFaults::connectAndClose),
                Fault.of(
                        "fd-leak-tls",
                        "TLS handshakes that fail: plaintext, garbage, half a ClientHello with FIN"
                                + " and RST, a refused certificate, silence",
                        "fd delta 0, heap < 1 MB per 100,000",
                        DescriptorFaults::failHandshakes));
    }

    private static String[] germanCommand() {
        return new String[] {"prlimit", "--nofile=128:128", "env", "LANGUAGE=de", "LC_ALL=C.utf8"};
    }

    private static void exhaust(Trial trial) throws Exception {
        var driver = new CountingDriver();
        try (Runtime runtime = driver.runtime()) {
            Server server = runtime.listen(LoopbackAddress.of(0), Stage::echo);
            List<Peer> clients = connect(server);
            Eventually.holds(() -> true); // loads the class
            List<InputStream> taken = takeAll(1);
            Peer late = Peer.to(server.port()); // in the backlog, with the last descriptor
            Eventually.holds(() -> !server.isAccepting());
            int before = driver.accepts();
            Task.sleep(Duration.ofSeconds(2));
            trial.atMost("tries in 2 s", 20, driver.accepts() - before);
            trial.equal("clients kept", CLIENTS, answering(clients));
            Throwable failure = server.lastFailure().orElseThrow();
            trial.holds(
                    failure.getClass().getSimpleName(),
                    failure.getClass().getSimpleName().equals("ExhaustionException"));
            long start = System.nanoTime();
            clients.removeLast().close();
            trial.holds("late client served", "x".equals(late.ask("x")));
            trial.within("after a close", Duration.ofMillis(250), Trial.since(start));
            close(clients, taken);
            late.close();
            Eventually.holds(server::isAccepting);
        }
        trial.connections(CLIENTS + 1);
    }

    private static List<Peer> connect(Server server) throws IOException {
        List<Peer> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            Peer client = Peer.to(server.port());
            client.ask("hello");
            clients.add(client);
        }
        return clients;
    }

    private static int answering(List<Peer> clients) throws IOException {
        int answering = 0;
        for (Peer client : clients) {
            if ("still here".equals(client.ask("still here"))) answering++;
        }
        return answering;
    }

    private static void close(List<Peer> clients, List<InputStream> taken) throws IOException {
        for (Peer client : clients) client.close();
        for (InputStream each : taken) each.close();
    }

    /** Takes all descriptors but some. */
    private static List<InputStream> takeAll(int but) throws IOException {
        List<InputStream> taken = new ArrayList<>();
        try {
            while (true) taken.add(new FileInputStream("/dev/null"));
        } catch (IOException e) {
            for (int i = 0; i < but; i++) taken.removeLast().close();
            return taken;
        }
    }

    /** Each client leaves in another way while the process has no descriptor. */
    private static void failWithoutDescriptors(Trial trial) throws Exception {
        try (Stage stage = Stage.open(DescriptorFaults::serveOrFail)) {
            List<Peer> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) clients.add(Peer.to(stage.port()));
            Eventually.holds(() -> stage.server.acceptedCount() == CLIENTS);
            List<InputStream> taken = takeAll(1);
            Peer late = Peer.to(stage.port());
            Eventually.holds(() -> !stage.server.isAccepting());
            clients.get(0).send("half").reset();
            clients.get(1).send("\u00ff\n");
            clients.get(2).send("fail\n");
            clients.get(3).send("long " + "x".repeat(70_000) + "\n");
            clients.get(4).send("connect\n");
            clients.get(5).send("cut");
            clients.get(5).socket.shutdownOutput();
            trial.holds("late client served", "x".equals(late.ask("x")));
            for (Peer client : clients.subList(6, CLIENTS)) {
                trial.holds("old client served", "x".equals(client.ask("x")));
            }
            close(clients, taken);
            late.close();
            Eventually.holds(stage.server::isAccepting);
            trial.holds("accepts again", "y".equals(askNew(stage)));
            stage.awaitNoConnection();
        }
        trial.connections(CLIENTS + 2);
    }

    private static String askNew(Stage stage) throws IOException {
        try (Peer peer = Peer.to(stage.port())) {
            return peer.ask("y");
        }
    }

    private static void serveOrFail(Connection connection) throws Exception {
        for (String line; (line = connection.readLine()) != null; ) {
            switch (line) {
                case "fail" -> throw new IllegalStateException("a failure of the handler");
                case "connect" -> connection.writeLine(Task.current().name());
                default -> connection.writeLine(line);
            }
        }
    }

    private static void connectAndClose(Trial trial) throws Exception {
        try (Stage stage = Stage.open(Stage::echo)) {
            requireNoLeak(trial, "x", trial.times(100_000, 500), stage::connectAndReset);
        }
        trial.connections(0);
    }

    private static void failHandshakes(Trial trial) throws Exception {
        int strangers = trial.times(100_000, 100);
        try (var server = AttackedServer.open()) {
            requireNoLeak(trial, "failed", strangers, number -> fail(server, number));
        }
        int silent = trial.times(5_000, 50);
        try (var server = AttackedServer.open(Duration.ofMillis(50))) {
            requireNoLeak(trial, "timed out", silent, number -> keepSilent(server, number));
        }
        trial.connections(strangers / 10);
    }

    private static Map<String, Long> fail(AttackedServer server, int strangers)
            throws InterruptedException {
        Kind[] kinds = Kind.values();
        Map<String, Long> outcomes =
                Peer.visit(
                        strangers,
                        2,
                        n -> {
                            kinds[n % kinds.length].come(server, new Random(n));
                            return "failed";
                        });
        server.awaitNoConnection();
        return outcomes;
    }

    private static Map<String, Long> keepSilent(AttackedServer server, int strangers)
            throws InterruptedException {
        Map<String, Long> outcomes =
                Peer.visit(
                        strangers,
                        50,
                        _ -> {
                            server.keepSilent();
                            return "timed out";
                        });
        server.awaitNoConnection();
        return outcomes;
    }

    /** Runs so many cycles, and returns how often each outcome occurred. */
    private interface Cycles {
        Map<String, Long> run(int number) throws Exception;
    }

    private static void requireNoLeak(Trial trial, String expected, int cycles, Cycles work)
            throws Exception {
        work.run(cycles / 10); // what grows once
        long heap = Heap.usedBytes();
        Baseline before = Baseline.take();
        trial.all(expected, cycles, work.run(cycles));
        before.require(trial);
        long grown = Heap.usedBytes() - heap;
        trial.note("heap %+,d KB".formatted(grown / 1024));
        trial.holds("heap flat", grown < Heap.MEGABYTE);
    }
}
