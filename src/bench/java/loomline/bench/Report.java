package loomline.bench;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import loomline.bench.Results.Round;

/** The tables, in Markdown. */
final class Report {
    /** Above this a load generator limits what it measures: throughput and latencies are partly its own. */
    private static final double SATURATED = 0.9;

    /** Above this share of the machine, what others do is part of the figures. */
    private static final double DISTURBED = 0.1;

    private Report() {}

    static String markdown(Results results) {
        List<String> parts = List.of(
                String.join("  \n", results.head()),
                table(results),
                "CPU µs of the server for each request (connection, delivery) · thousand of them/s · p50 / p99 µs; for open loads / p99.9 / max."
                        + " Handshakes: how many per CPU second of the server.",
                notes(results),
                Targets.markdown(results),
                failures(results));
        return parts.stream().filter(part -> !part.isEmpty()).collect(Collectors.joining("\n\n")) + "\n";
    }

    private static String table(Results results) {
        var peers = results.peers();
        var table = new StringBuilder("| |");
        peers.forEach(peer -> table.append(' ').append(peer).append(" |"));
        table.append("\n|---|").append("---|".repeat(peers.size())).append('\n');
        for (Scenario scenario : Scenario.ALL) {
            if (results.rounds().stream().noneMatch(r -> r.scenario().equals(scenario.name()))) continue;
            table.append("| ").append(scenario.name()).append(": ").append(scenario.describe()).append(" |");
            for (String peer : peers) table.append(' ').append(cell(results, scenario, peer)).append(" |");
            table.append('\n');
        }
        return table.toString().stripTrailing();
    }

    private static String cell(Results results, Scenario scenario, String peer) {
        String name = scenario.name();
        if (results.failed(name, peer)) return "FAILED";
        if (results.of(name, peer).isEmpty()) return "–";
        double cpu = results.spread(name, peer, Round::cpuMicros).median();
        double rate = results.spread(name, peer, Round::perSecond).median();
        if (scenario.idle()) return memory(results, name, peer);
        if (scenario.handshakes()) return String.format(Locale.ROOT, "%,.0f", 1e6 / cpu);
        if (scenario.streams()) return String.format(Locale.ROOT, "%.0f ms/GB · %.2f GB/s", cpu / 1e3, rate);
        double p50 = results.spread(name, peer, Round::p50).median();
        double p99 = results.spread(name, peer, Round::p99).median();
        String cell = String.format(Locale.ROOT, "%.2f · %.1f · %.0f / %.0f", cpu, rate / 1e3, p50, p99);
        if (!scenario.open()) return cell;
        return cell + String.format(Locale.ROOT, " / %.0f / %.0f", results.spread(name, peer, Round::p999).median(),
                results.spread(name, peer, Round::max).median());
    }

    private static String memory(Results results, String scenario, String peer) {
        String cell = "%,.0f B".formatted(results.spread(scenario, peer, Round::rssBytes).median());
        var heap = results.spread(scenario, peer, Round::heapBytes);
        if (heap.median() > 0) cell += " (heap %,.0f B)".formatted(heap.median());
        return cell;
    }

    private static String notes(Results results) {
        String notes = "";
        String saturated = where(results, round -> round.loadShare() > SATURATED);
        if (!saturated.isEmpty()) {
            notes += ("The load was busy more than %.0f %% of the time, so that the rate and the latencies are partly"
                    + " its own: %s. ").formatted(SATURATED * 100, saturated);
        }
        String disturbed = where(results, round -> round.othersShare() > DISTURBED);
        if (!disturbed.isEmpty()) {
            notes += "**Not to be trusted**, because others used more than %.0f %% of the machine: %s."
                    .formatted(DISTURBED * 100, disturbed);
        }
        return notes.strip();
    }

    private static String where(Results results, Predicate<Round> what) {
        return results.rounds().stream()
                .filter(what)
                .collect(Collectors.groupingBy(Round::scenario, LinkedHashMap::new,
                        Collectors.mapping(Round::peer, Collectors.toCollection(LinkedHashSet::new))))
                .entrySet().stream()
                .map(entry -> entry.getKey() + " (" + String.join(", ", entry.getValue()) + ")")
                .collect(Collectors.joining("; "));
    }

    private static String failures(Results results) {
        return results.rounds().stream()
                .filter(round -> !round.ok())
                .map(round -> "- FAILED: %s, %s, round %d: %s".formatted(
                        round.scenario(), round.peer(), round.round(), round.failure()))
                .collect(Collectors.joining("\n"));
    }
}
