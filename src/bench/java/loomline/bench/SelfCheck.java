package loomline.bench;

import java.io.IOException;
import java.util.List;
import loomline.bench.LoadProcess.Failed;

/** Shows that the load can fail: each fault of a wrong server must be told, and no right answer be called wrong. */
final class SelfCheck {
    private static final List<Scenario> SCENARIOS = List.of(
            new Scenario("lines", "line", "line", 4, 64, 2, "request"),
            new Scenario("stream", "echo", "stream", 2, 0, 1, "GB"),
            new Scenario("tls", "tls-line", "tls-line", 4, 64, 2, "request"));

    private static final Scenario RESUMED = new Scenario("resumed", "tls-line", "tls-resume", 4, 64, 1, "handshake");

    private static final List<String> FAULTS =
            List.of("none", "flip", "swap", "short", "long", "stray", "tail", "end", "mute");

    private SelfCheck() {}

    static boolean run() throws Exception {
        Peers.compileJava();
        Certificate.make();
        boolean good = true;
        for (Scenario scenario : SCENARIOS) {
            for (String fault : FAULTS) good &= told(scenario, fault);
        }
        for (String fault : List.of("none", "forget")) good &= told(RESUMED, fault);
        return good;
    }

    private static boolean told(Scenario scenario, String fault) throws IOException {
        var command = ServerProcess.command(Peers.commands(List.of("wrong")).get("wrong"),
                scenario.tls() ? "tls-" + fault : fault, false, false);
        try (var server = new ServerProcess("wrong", command);
                var load = new LoadProcess(false)) {
            String failure = "";
            try {
                load.open(scenario, server.port, scenario.connections());
                load.run(scenario.tls() ? 3 : 0.5); // faults come with the 100th read of a connection
                load.end();
            } catch (Failed e) {
                failure = e.getMessage();
            }
            boolean good = failure.isEmpty() == fault.equals("none");
            System.out.printf("%-7s %-6s %-12s %s%n", scenario.name(), fault, good ? "as it should" : "WRONG", failure);
            return good;
        } catch (Peers.Skipped e) {
            throw new IOException(e.getMessage(), e);
        }
    }
}
