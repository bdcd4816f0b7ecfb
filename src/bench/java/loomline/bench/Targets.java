package loomline.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import loomline.bench.Results.Round;
import loomline.bench.Results.Spread;

/** What Loomline is to reach beside each peer, and whether it does. */
final class Targets {
    private static final List<String> MANY = List.of("echo-100", "echo-1000", "echo-10000");
    private static final List<String> FEW = List.of("echo-1", "echo-8");
    private static final List<String> PIPELINED = List.of("pipelined");

    /** A bound on the ratio of a figure to the peer's; without a peer, on the figure itself. */
    private record Target(
            String peer, List<String> scenarios, String figure, ToDoubleFunction<Round> of, double bound,
            boolean atLeast) {}

    /** Every line is a string. */
    private static final List<Target> TEXT = List.of(
            cpu("netty-epoll-text", List.of("echo-100", "echo-1000"), 0.75), cpu("netty-epoll-text", PIPELINED, 0.8),
            cpu("asyncio-text", all(MANY, PIPELINED), 0.35),
            new Target("netty-epoll", all(FEW, MANY, PIPELINED), "p99", Round::p99, 1.1, false),
            new Target("netty-epoll", List.of("accept", "accept-reset"), "rate", Round::perSecond, 1.0, true),
            new Target("netty-epoll", List.of("sink", "stream"), "GB/s", Round::perSecond, 1.3, true),
            new Target("netty-epoll", List.of("open-80"), "max", Round::max, 1.1, false),
            new Target("socket", List.of("open-80"), "max", Round::max, 0.5, false),
            cpu("netty-epoll", List.of("tls-100", "tls-1000"), 0.95), cpu("netty-epoll", List.of("tls-pipelined"), 1.0),
            cpu("netty-epoll", List.of("tls-handshake", "tls-resumed"), 1.0),
            new Target("netty-epoll", List.of("tls-stream", "tls-sink"), "GB/s", Round::perSecond, 1.0, true),
            new Target("netty-epoll", List.of("tls-idle"), "memory", Round::rssBytes, 1.0, false));

    /** Lines are bytes. */
    private static final List<Target> BYTES = List.of(
            cpu("netty-epoll", MANY, 0.95), cpu("netty-epoll", PIPELINED, 1.05), cpu("netty-epoll", FEW, 1.3),
            cpu("go", all(FEW, MANY, PIPELINED), 0.95), cpu("socket", MANY, 0.85),
            cpu("c", MANY, 1.3), cpu("c", PIPELINED, 1.5));

    private static final Map<String, List<Target>> OF_DRIVER = Map.of(
            "loomline-epoll", List.of(memory(2_200)),
            "loomline-nio", List.of(
                    cpu("netty-nio", all(MANY, PIPELINED, List.of("echo-1KiB", "echo-16KiB")), 0.9), memory(3_000)));

    private Targets() {}

    private static Target cpu(String peer, List<String> scenarios, double bound) {
        return new Target(peer, scenarios, "CPU", Round::cpuMicros, bound, false);
    }

    private static Target memory(double bytes) {
        return new Target("", List.of(Scenario.IDLE), "B/connection", Round::rssBytes, bytes, false);
    }

    @SafeVarargs
    private static List<String> all(List<String>... parts) {
        List<String> all = new ArrayList<>();
        for (var part : parts) all.addAll(part);
        return all;
    }

    static String markdown(Results results) {
        var table = new StringBuilder("""
                | | figure | scenario | quartiles | median | target | |
                |---|---|---|---|---|---|---|
                """);
        int header = table.length();
        for (String ours : List.of("loomline-epoll", "loomline-epoll-bytes", "loomline-nio", "loomline-nio-bytes")) {
            List<Target> targets = new ArrayList<>(ours.endsWith("-bytes") ? BYTES : TEXT);
            targets.addAll(OF_DRIVER.getOrDefault(ours, List.of()));
            for (Target target : targets) {
                for (String scenario : target.scenarios) table.append(row(results, ours, target, scenario));
            }
        }
        return table.length() == header ? "" : table.toString();
    }

    private static String row(Results results, String ours, Target target, String scenario) {
        boolean absolute = target.peer.isEmpty();
        Spread spread = absolute
                ? results.spread(scenario, ours, target.of)
                : results.ratio(scenario, ours, target.peer, target.of);
        if (spread == null) return "";
        boolean met = target.atLeast ? spread.median() >= target.bound : spread.median() <= target.bound;
        String number = absolute ? "%.0f" : "%.2f";
        return String.format(Locale.ROOT, "| %s%s | %s | %s | " + number + " – " + number + " | " + number + " | %s "
                + number + " | %s |%n",
                ours, absolute ? "" : " / " + target.peer, target.figure, scenario, spread.low(), spread.high(),
                spread.median(), target.atLeast ? "≥" : "≤", target.bound, met ? "met" : "**missed**");
    }
}
