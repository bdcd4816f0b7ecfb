package loomline.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import loomline.bench.Results.Round;
import loomline.bench.Results.Spread;

/** The CPU for each request, or the memory for each connection: a bar for each peer, a whisker for its quartiles. */
final class Plot {
    private static final int WIDTH = 420;
    private static final int LABEL = 120;
    private static final int FIGURE = 70;
    private static final int BAR = 16;
    private static final int COLUMNS = 2;

    private final StringBuilder svg = new StringBuilder();
    private final Results results;

    private Plot(Results results) {
        this.results = results;
    }

    static String svg(Results results) {
        return new Plot(results).draw();
    }

    private String draw() {
        List<Scenario> scenarios = Scenario.ALL.stream()
                .filter(s -> results.peers().stream().anyMatch(peer -> !results.of(s.name(), peer).isEmpty()))
                .toList();
        int panel = (results.peers().size() + 3) * BAR;
        int head = (results.head().size() + 1) * BAR;
        int height = head + Math.ceilDiv(scenarios.size(), COLUMNS) * panel;
        svg.append("""
                <svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="11">
                <rect width="100%%" height="100%%" fill="white"/>
                """.formatted(WIDTH * COLUMNS + 20, height));
        svg.append("<g font-size='9'>\n"); // so that the longest line, the versions, is not cut
        for (int i = 0; i < results.head().size(); i++) text(10, (i + 1) * BAR, results.head().get(i), "#555");
        svg.append("</g>\n");
        for (int i = 0; i < scenarios.size(); i++) {
            panel(scenarios.get(i), 10 + i % COLUMNS * WIDTH, head + i / COLUMNS * panel);
        }
        return svg.append("</svg>\n").toString();
    }

    private void panel(Scenario scenario, int x, int y) {
        ToDoubleFunction<Round> figure = scenario.idle() ? Round::rssBytes : Round::cpuMicros;
        String unit = scenario.idle() ? "bytes" : "µs CPU for each " + scenario.unit();
        text(x, y + BAR, scenario.name() + ", " + unit, "black");
        List<String> peers = new ArrayList<>(results.peers());
        peers.removeIf(peer -> results.of(scenario.name(), peer).isEmpty());
        double most = peers.stream()
                .mapToDouble(peer -> results.spread(scenario.name(), peer, figure).high())
                .max().orElse(1);
        double scale = (WIDTH - LABEL - FIGURE) / most;
        for (int i = 0; i < peers.size(); i++) {
            Spread spread = results.spread(scenario.name(), peers.get(i), figure);
            bar(peers.get(i), spread, scale, x, y + (i + 1) * BAR + 6);
        }
    }

    private void bar(String peer, Spread spread, double scale, int x, int y) {
        text(x, y + 12, peer, "black");
        int left = x + LABEL;
        String colour = peer.startsWith("loomline") ? "#2a6fbb" : "#b5bcc6";
        shape("<rect x='%d' y='%d' width='%.1f' height='%d' fill='%s'/>",
                left, y + 2, spread.median() * scale, BAR - 4, colour);
        shape("<path d='M%.1f %d H%.1f' stroke='black'/>",
                left + spread.low() * scale, y + BAR / 2, left + spread.high() * scale);
        String number = spread.median() < 100 ? "%.2f" : "%.0f";
        text((int) (left + spread.high() * scale) + 4, y + 12, number.formatted(spread.median()), "black");
    }

    private void text(int x, int y, String text, String colour) {
        String escaped = text.replace("&", "&amp;").replace("<", "&lt;");
        shape("<text x='%d' y='%d' fill='%s'>%s</text>", x, y, colour, escaped);
    }

    private void shape(String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
