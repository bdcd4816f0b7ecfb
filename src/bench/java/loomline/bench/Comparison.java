package loomline.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import loomline.bench.Results.Round;
import loomline.bench.Results.Spread;

/**
 * What has changed between two results. Where both have the C server, a figure is taken as its ratio to
 * that server's in the same round: what a machine does from day to day falls on both.
 */
final class Comparison {
    private static final String YARDSTICK = "c";

    /**
     * A figure of which less is better.
     *
     * @param noise a smaller change is noise on any machine; a larger one is too if quartiles overlap
     */
    private record Figure(String name, ToDoubleFunction<Round> of, double noise) {}

    private static final List<Figure> FIGURES = List.of(
            new Figure("CPU", Round::cpuMicros, 0.1),
            new Figure("p99", Round::p99, 0.3),
            new Figure("time for each", round -> 1 / round.perSecond(), 0.1),
            new Figure("memory", Round::rssBytes, 0.1),
            new Figure("heap", Round::heapBytes, 0.1));

    private final Results before;
    private final Results after;
    private int regressions;

    private Comparison(Results before, Results after) {
        this.before = before;
        this.after = after;
    }

    /** True if nothing is worse. */
    static boolean run(List<String> files) throws IOException {
        var before = Results.read(Path.of(files.get(0)));
        var after = Results.read(Path.of(files.get(1)));
        return new Comparison(before, after).tell();
    }

    private boolean tell() {
        Set<String> peers = after.peers();
        System.out.printf("%-12s %-16s %-18s %10s %10s %8s%n",
                "scenario", "peer", "figure", "before", "after", "change");
        for (Scenario scenario : Scenario.ALL) {
            for (String peer : peers) FIGURES.forEach(figure -> tell(scenario.name(), peer, figure));
        }
        System.out.println(regressions == 0 ? "no regression beyond noise" : regressions + " regressions");
        return regressions == 0;
    }

    private void tell(String scenario, String peer, Figure figure) {
        if (after.failed(scenario, peer) && !before.failed(scenario, peer)) {
            if (figure.name.equals("CPU")) verdict(scenario, peer, "FAILED");
            return;
        }
        boolean relative = !peer.equals(YARDSTICK) && !scenario.equals(Scenario.IDLE)
                && !before.of(scenario, YARDSTICK).isEmpty() && !after.of(scenario, YARDSTICK).isEmpty();
        Spread was = spread(before, scenario, peer, figure.of, relative);
        Spread is = spread(after, scenario, peer, figure.of, relative);
        if (was == null || is == null || !(was.median() > 0) || Double.isInfinite(was.median())) return;
        double change = is.median() / was.median() - 1;
        String unit = relative ? figure.name + " / " + YARDSTICK : figure.name;
        System.out.printf(Locale.ROOT, "%-12s %-16s %-18s %10.4g %10.4g %+7.0f %%%n",
                scenario, peer, unit, was.median(), is.median(), change * 100);
        if (change > figure.noise && is.low() > was.high()) verdict(scenario, peer, "WORSE");
        if (change < -figure.noise && is.high() < was.low()) verdict(scenario, peer, "better");
    }

    /** Only ours can regress; of the others it says that the machine has changed. */
    private void verdict(String scenario, String peer, String verdict) {
        boolean ours = peer.startsWith("loomline");
        System.out.printf("%-12s %-16s ^ %s%n", scenario, peer, ours ? verdict : verdict + ", but not ours");
        if (ours && !verdict.equals("better")) regressions++;
    }

    private static Spread spread(
            Results results, String scenario, String peer, ToDoubleFunction<Round> figure, boolean relative) {
        return relative
                ? results.ratio(scenario, peer, YARDSTICK, figure)
                : results.spread(scenario, peer, figure);
    }
}
