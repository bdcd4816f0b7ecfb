package loomline.bench;

import java.io.IOException;
import java.util.List;
import loomline.bench.LoadProcess.Failed;

/** Shows that the load can fail: each fault of a wrong server must be told, and no right answer be called wrong. */
final class SelfCheck {
    private static final Scenario LINES = new Scenario("selfcheck", "line", "line", 4, 64, 2, "request");

    private SelfCheck() {}

    static boolean run() throws Exception {
        Peers.compileJava();
        boolean good = told("none", true);
        for (String fault : List.of("flip", "swap", "short", "long", "stray", "tail", "end", "mute")) {
            good &= told(fault, false);
        }
        return good;
    }

    private static boolean told(String fault, boolean right) throws IOException {
        var command = ServerProcess.command(Peers.commands(List.of("wrong")).get("wrong"), fault, false, false);
        try (var server = new ServerProcess("wrong", command);
                var load = new LoadProcess(false)) {
            String failure = "";
            try {
                load.open(LINES, server.port, LINES.connections());
                load.run(0.5);
                load.end();
            } catch (Failed e) {
                failure = e.getMessage();
            }
            boolean good = failure.isEmpty() == right;
            System.out.printf("%-6s %s: %s%n", fault, good ? "as it should" : "WRONG", failure);
            return good;
        } catch (Peers.Skipped e) {
            throw new IOException(e.getMessage(), e);
        }
    }
}
