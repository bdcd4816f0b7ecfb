package loomline.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import loomline.bench.LoadProcess.Failed;
import loomline.bench.Results.Round;

/**
 * Loomline beside its peers: a server process for each, a load in a process of its own, rounds in turn
 * (A B C, A B C, ...). See src/docs/performance.md for how to read what comes out.
 */
public final class Suite {
    /** Each server runs so long under load before its first round is measured, for the JIT's sake. */
    private static final double WARM_UP_SECONDS = 2;

    private static final int WARM_UP_CONNECTIONS = 100;

    private static final double WARM_UP_ACCEPTS = 60_000;

    private static final int MOST_WARM_UPS = 10;

    /** The cryptography of a handshake is compiled late: each is a thousand times as long as a request. */
    private static final double WARM_UP_HANDSHAKES = 5_000;

    private static final double WARM_UP_TLS_REQUESTS = 100_000;

    /** Of a round: what is under it drowns in the 10 ms in which /proc counts. */
    private static final double LEAST_CPU_MICROS = 50_000;

    private final Options options;
    private final Map<String, List<String>> commands;
    private final LoadProcess load;
    private final List<Round> rounds = new ArrayList<>();

    private Suite(Options options, Map<String, List<String>> commands, LoadProcess load) {
        this.options = options;
        this.commands = commands;
        this.load = load;
    }

    public static void main(String[] args) throws Exception {
        Options options = Options.parse(args);
        boolean good = switch (options.action()) {
            case "list" -> list();
            case "help" -> help();
            case "selfcheck" -> SelfCheck.run();
            case "compare" -> Comparison.run(options.compare());
            default -> measure(options);
        };
        System.exit(good ? 0 : 1);
    }

    private static boolean help() {
        System.out.println(Options.USAGE);
        return true;
    }

    private static boolean list() {
        Scenario.ALL.forEach(s -> System.out.printf("%-12s %s%s%n", s.name(), s.describe(),
                Scenario.SHORT.contains(s.name()) ? "" : " (--full)"));
        System.out.println("peers, every line a string: " + String.join(", ", Peers.TEXT));
        System.out.println("peers, lines of bytes: " + String.join(", ", Peers.BYTES));
        System.out.println("on request: " + String.join(", ", Peers.VARIANTS));
        return true;
    }

    private static boolean measure(Options options) throws Exception {
        List<Scenario> scenarios = options.chosen();
        Peers.compileJava();
        new Pattern().writeFile();
        if (scenarios.stream().anyMatch(Scenario::tls)) Certificate.make();
        var results = new Results(Machine.head(options), run(options, scenarios));
        results.write(Peers.BUILD.resolve(options.out() + ".json"));
        Files.writeString(Peers.BUILD.resolve(options.out() + ".svg"), Plot.svg(results));
        String report = Report.markdown(results);
        Files.writeString(Peers.BUILD.resolve(options.out() + ".md"), report);
        System.out.println();
        System.out.println(report);
        return results.rounds().stream().allMatch(Round::ok);
    }

    static List<Round> run(Options options, List<Scenario> scenarios) throws Exception {
        try (var load = new LoadProcess(options.pin())) {
            var suite = new Suite(options, Peers.commands(options.peers()), load);
            Map<String, List<Scenario>> groups = new LinkedHashMap<>();
            for (Scenario scenario : scenarios) {
                groups.computeIfAbsent(scenario.group(), _ -> new ArrayList<>()).add(scenario);
            }
            for (var group : groups.values()) suite.group(group);
            return suite.rounds;
        }
    }

    /** Scenarios that the same servers serve: these stay, so that each is warmed up once. */
    private void group(List<Scenario> scenarios) throws Exception {
        List<ServerProcess> servers = new ArrayList<>();
        try {
            for (String peer : List.copyOf(commands.keySet())) {
                if (Peers.serves(peer, scenarios.getFirst())) start(peer, scenarios.getFirst(), servers);
            }
            for (Scenario scenario : scenarios) {
                if (scenario.idle()) idle(scenario, servers);
                else rounds(scenario, servers);
            }
        } finally {
            servers.forEach(ServerProcess::close);
        }
    }

    private void start(String peer, Scenario scenario, List<ServerProcess> servers) throws IOException {
        try {
            var command = ServerProcess.command(commands.get(peer), scenario.task(), scenario.idle(), options.pin());
            var server = new ServerProcess(peer, command);
            servers.add(server);
            int connections = scenario.streams() ? scenario.connections() : WARM_UP_CONNECTIONS;
            warmUp(server, scenario, connections, WARM_UP_SECONDS);
            if (scenario.idle()) warmUpBy(server, scenario.tls() ? Scenario.HANDSHAKE : Scenario.ACCEPT, WARM_UP_ACCEPTS);
        } catch (Peers.Skipped e) {
            commands.remove(peer); // said once
            System.out.println(peer + ": " + e.getMessage());
        }
    }

    /** By count, not by time: frames of threads that park before their code is compiled are three times as large. */
    private void warmUpBy(ServerProcess server, Scenario scenario, double least) {
        double done = 0;
        for (int i = 0; i < MOST_WARM_UPS && done < least; i++) {
            done += warmUp(server, scenario, scenario.connections(), WARM_UP_SECONDS);
        }
    }

    /** Returns the number of requests. */
    private double warmUp(ServerProcess server, Scenario scenario, int connections, double seconds) {
        try {
            load.open(scenario, server.port, connections);
            var done = load.run(seconds);
            load.end();
            return done.count();
        } catch (IOException e) {
            System.out.println(server.peer + ", warming up: " + why(e));
            return 0;
        }
    }

    /** The schedule is the same for all servers. */
    private Scenario scheduled(Scenario scenario, List<ServerProcess> servers) {
        double slowest = Double.MAX_VALUE;
        for (var server : servers) {
            double best = 0;
            for (int i = 0; i < 3; i++) {
                best = Math.max(best, warmUp(server, scenario.closed(), scenario.connections(), options.seconds()));
            }
            System.out.printf("%-13s %s: can do %,.0f/s%n", scenario.name(), server.peer, best / options.seconds());
            slowest = Math.min(slowest, best / options.seconds());
        }
        return scenario.of(slowest);
    }

    private void rounds(Scenario described, List<ServerProcess> servers) {
        Scenario scenario = described.open() ? scheduled(described, servers) : described;
        for (var server : servers) {
            if (scenario.handshakes()) warmUpBy(server, scenario, WARM_UP_HANDSHAKES);
            else if (scenario.tls() && !scenario.streams()) warmUpBy(server, scenario, WARM_UP_TLS_REQUESTS);
            else warmUp(server, scenario, scenario.connections(), options.seconds() / 2);
        }
        for (int i = 1; i <= options.rounds(); i++) {
            for (var server : servers) {
                Round round = round(scenario, server, i);
                rounds.add(round);
                System.out.println(line(scenario, round));
            }
        }
    }

    private Round round(Scenario scenario, ServerProcess server, int number) {
        try {
            load.open(scenario, server.port, scenario.connections());
            double all = Machine.busyMicros();
            double before = server.cpuMicros();
            var done = load.run(options.seconds());
            double cpu = server.cpuMicros() - before;
            double others = Machine.busyMicros() - all - cpu - done.cpuMicros();
            load.end();
            if (cpu < LEAST_CPU_MICROS) throw new Failed("the server did too little to measure: " + cpu + " µs");
            return new Round(scenario.name(), server.peer, number, done.count(), done.seconds(),
                    cpu / done.count(), done.count() / done.seconds(), done.latencies().micros(0.5),
                    done.latencies().micros(0.99), done.latencies().micros(0.999),
                    done.latencies().micros(1), done.share(),
                    Math.max(0, others / done.seconds() / 1e6 / Runtime.getRuntime().availableProcessors()), 0, 0, "");
        } catch (IOException e) {
            return Round.failed(scenario.name(), server.peer, number, why(e));
        }
    }

    private static String why(IOException e) {
        return e instanceof Failed ? e.getMessage() : "has the server ended? " + e;
    }

    /** Memory is read once: a server that has held them once would hide what they cost in a second round. */
    private void idle(Scenario scenario, List<ServerProcess> servers) throws Exception {
        for (var server : servers) {
            Round round;
            try {
                var before = server.memory();
                load.open(scenario, server.port, scenario.connections());
                var after = server.memory();
                load.end();
                double bytes = (after.residentBytes() - before.residentBytes()) / scenario.connections();
                double heap = (after.heapBytes() - before.heapBytes()) / scenario.connections();
                round = new Round(scenario.name(), server.peer, 1, scenario.connections(),
                        0, 0, 0, 0, 0, 0, 0, 0, 0, bytes, heap, "");
            } catch (IOException e) {
                round = Round.failed(scenario.name(), server.peer, 1, why(e));
            }
            rounds.add(round);
            System.out.println(line(scenario, round));
        }
    }

    private static String line(Scenario scenario, Round round) {
        String start = "%-13s round %d  %-14s ".formatted(round.scenario(), round.round(), round.peer());
        if (!round.ok()) return start + "FAILED: " + round.failure();
        if (scenario.idle()) return start + "%,.0f B resident for each connection, %,.0f B of live objects".formatted(round.rssBytes(), round.heapBytes());
        String figures = scenario.streams()
                ? String.format(Locale.ROOT, "%8.0f ms CPU/GB %10.2f GB/s", round.cpuMicros() / 1e3, round.perSecond())
                : String.format(Locale.ROOT, "%8.2f µs CPU %,12.0f/s  p50 %.0f  p99 %.0f  p99.9 %.0f  max %.0f µs",
                        round.cpuMicros(), round.perSecond(), round.p50(), round.p99(), round.p999(), round.max());
        return start + figures + "  load %.0f %%  others %.0f %%".formatted(
                round.loadShare() * 100, round.othersShare() * 100);
    }
}
