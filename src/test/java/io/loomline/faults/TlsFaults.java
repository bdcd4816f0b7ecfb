package io.loomline.faults;

import io.loomline.connect.ConnectOptions;
import io.loomline.net.Connection;
import io.loomline.probe.LoopbackAddress;
import io.loomline.server.ServerOptions;
import io.loomline.stream.Limits;
import io.loomline.tls.AttackedServer;
import io.loomline.tls.Garbage;
import io.loomline.tls.Tls;
import io.loomline.tls.TlsTruncationException;
import io.loomline.tls.keys.TestCertificate;
import io.loomline.tls.keys.TestCertificates;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;

/** What must not pass for TLS. */
final class TlsFaults {
    private static final String HOST = "localhost";
    private static final Duration SECOND = Duration.ofSeconds(1);

    private TlsFaults() {}

    static List<Fault> rows() {
        return List.of(
                Fault.of(
                        "tls-garbage",
                        "random records before the handshake",
                        "an alert or nothing, closed <= 1 s, handler 0",
                        TlsFaults::garbageBefore),
                Fault.of(
                        "tls-garbage-after",
                        "random records after the handshake",
                        "an error of TLS, never bytes or an end",
                        TlsFaults::garbageAfter),
                Fault.of(
                        "plaintext-to-tls",
                        "GET / to a TLS port",
                        "alert 2, closed < 100 ms, handler 0",
                        TlsFaults::plaintext),
                Fault.of(
                        "tls-truncated",
                        "a relay ends after a record, TLS 1.2 and 1.3",
                        "an error, not the end",
                        TlsFaults::truncated),
                Fault.of(
                        "tls-refused",
                        "a certificate for another host; an expired one",
                        "refused, 0 bytes of data",
                        TlsFaults::refused));
    }

    private static void garbageBefore(Trial trial) throws Exception {
        int rounds = trial.times(100_000, 300);
        var slowest = new AtomicLong();
        try (var server = AttackedServer.open()) {
            Map<String, Long> answers =
                    Peer.visit(
                            rounds,
                            2,
                            round -> {
                                long start = System.nanoTime();
                                byte[] answer = server.send(Garbage.bytes(new Random(round)));
                                slowest.accumulateAndGet(System.nanoTime() - start, Math::max);
                                String hex = HexFormat.of().formatHex(answer);
                                boolean isAlert = hex.matches("(15030[1-4]000202..)?");
                                return isAlert ? "alert or nothing" : "answer " + hex;
                            });
            trial.all("alert or nothing", rounds, answers);
            trial.within("slowest", SECOND, Duration.ofNanos(slowest.get()));
            server.awaitNoConnection();
            trial.equal("handled", 0, server.handled());
        }
        trial.connections(rounds / 10);
    }

    private static Tls serverTls() {
        return Tls.server(TestCertificates.server(HOST).serverContext());
    }

    private static ServerOptions options(Tls tls) {
        return ServerOptions.DEFAULT.withTls(tls);
    }

    private static void garbageAfter(Trial trial) throws Exception {
        int rounds = trial.times(2_000, 20);
        Map<String, Long> seen = new ConcurrentHashMap<>();
        try (Stage stage = Stage.open(options(serverTls()), c -> readGarbage(c, seen))) {
            Peer.visit(rounds, 2, round -> sendAfterHandshake(stage, new Random(round)));
            stage.awaitNoConnection();
        }
        trial.all("error", rounds, seen);
        trial.connections(rounds);
    }

    private static void readGarbage(Connection connection, Map<String, Long> seen)
            throws InterruptedException {
        String outcome;
        try {
            outcome = connection.read(100).length + " bytes";
        } catch (IOException e) {
            outcome = "error";
        }
        seen.merge(outcome, 1L, Long::sum);
    }

    private static String sendAfterHandshake(Stage stage, Random random) throws IOException {
        try (Socket raw = new Socket(HOST, stage.port());
                var tls =
                        (SSLSocket)
                                TestCertificates.clientContext()
                                        .getSocketFactory()
                                        .createSocket(raw, HOST, stage.port(), false)) {
            tls.startHandshake();
            raw.getOutputStream().write(Garbage.bytes(random));
            raw.shutdownOutput();
            raw.getInputStream().readAllBytes();
        } catch (IOException e) {
            // refused in the middle
        }
        return "sent";
    }

    private static void plaintext(Trial trial) throws Exception {
        int rounds = trial.times(200, 20);
        byte[] request = "GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        long slowest = 0;
        int alerts = 0;
        try (var server = AttackedServer.open()) {
            server.send(request); // loads the classes
            for (int i = 0; i < rounds; i++) {
                long start = System.nanoTime();
                String answer = HexFormat.of().formatHex(server.send(request));
                slowest = Math.max(slowest, System.nanoTime() - start);
                if (answer.matches("15030[1-4]000202..")) alerts++;
            }
            server.awaitNoConnection();
            trial.equal("alerts", rounds, alerts);
            trial.equal("handled", 0, server.handled());
        }
        trial.within("slowest", Duration.ofMillis(100), Duration.ofNanos(slowest));
        trial.connections(rounds);
    }

    private static void truncated(Trial trial) throws Exception {
        int rounds = trial.times(100, 5);
        Tls trusting = Tls.client(TestCertificates.clientContext());
        try (Stage stage = Stage.open(options(serverTls()), Stage::echo);
                var relay = new CuttingRelay(stage.port())) {
            for (String version : List.of("TLSv1.2", "TLSv1.3")) {
                Tls tls = trusting.withProtocols(List.of(version));
                int errors = 0;
                for (int i = 0; i < rounds; i++) {
                    if (isCutSeen(stage, relay, ConnectOptions.DEFAULT.withTls(tls))) errors++;
                }
                trial.equal(version, rounds, errors);
            }
            stage.awaitNoConnection();
        }
        trial.connections(2 * rounds);
    }

    private static boolean isCutSeen(Stage stage, CuttingRelay relay, ConnectOptions options)
            throws IOException, InterruptedException {
        try (Connection client = stage.runtime.connect(HOST, relay.port(), options)) {
            client.writeLine("whole");
            if (!"whole".equals(client.readLine())) return false;
            relay.cut();
            client.readLine();
            return false;
        } catch (TlsTruncationException e) {
            return true;
        }
    }

    private static void refused(Trial trial) throws Exception {
        int rounds = trial.times(100, 5);
        List<TestCertificate> bad = new ArrayList<>();
        bad.add(TestCertificates.server("other.example"));
        bad.add(TestCertificates.expired(HOST));
        var options = ConnectOptions.DEFAULT.withTls(Tls.client(TestCertificates.clientContext()));
        var bytes = new AtomicInteger();
        for (TestCertificate each : bad) {
            int refusals = 0;
            try (Stage stage =
                    Stage.open(
                            options(Tls.server(each.serverContext())).withLimits(Limits.NONE),
                            c -> bytes.addAndGet(c.readAll(1).length))) {
                for (int i = 0; i < rounds; i++) {
                    if (isRefused(stage, options)) refusals++;
                }
                stage.awaitNoConnection();
            }
            trial.equal("refused", rounds, refusals);
        }
        trial.equal("bytes", 0, bytes.get());
        trial.connections(2 * rounds);
    }

    private static boolean isRefused(Stage stage, ConnectOptions options)
            throws IOException, InterruptedException {
        var address = LoopbackAddress.of(stage.port());
        try (Connection client = stage.runtime.connect(HOST, address.getPort(), options)) {
            client.writeLine("data");
            return false;
        } catch (SSLException e) {
            return true;
        }
    }
}
