package loomline.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** All rounds, and the machine's description; in a file, one round is one line of JSON. */
record Results(List<String> head, List<Round> rounds) {

    /**
     * One round of one peer.
     *
     * @param cpuMicros of the server, for each of what is counted
     * @param perSecond how many of them
     * @param loadShare how busy the load's process was: 1 is all of a core
     * @param othersShare what of all cores neither the server nor the load used, but somebody did
     * @param rssBytes what a connection added to the server's memory; 0 where not measured
     * @param heapBytes what it added to the live objects of a JVM
     * @param failure why the round counts for nothing, or empty
     */
    record Round(
            String scenario, String peer, int round, double count, double seconds, double cpuMicros,
            double perSecond, double p50, double p99, double p999, double max, double loadShare, double othersShare,
            double rssBytes, double heapBytes, String failure) {

        static Round failed(String scenario, String peer, int round, String why) {
            return new Round(scenario, peer, round, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, why);
        }

        boolean ok() {
            return failure.isEmpty();
        }

        String json() {
            return Arrays.stream(Round.class.getRecordComponents())
                    .map(component -> "\"%s\": %s".formatted(component.getName(), value(component)))
                    .collect(Collectors.joining(", ", "{", "}"));
        }

        private String value(java.lang.reflect.RecordComponent component) {
            try {
                Object value = component.getAccessor().invoke(this);
                if (value instanceof String text) return quoted(text);
                if (value instanceof Double number) return String.format(Locale.ROOT, "%.4f", number);
                return value.toString();
            } catch (ReflectiveOperationException e) {
                throw new AssertionError(e);
            }
        }

        static Round parse(String json) {
            var components = Round.class.getRecordComponents();
            Object[] values = new Object[components.length];
            var types = new Class<?>[components.length];
            for (int i = 0; i < components.length; i++) {
                String name = components[i].getName();
                types[i] = components[i].getType();
                var found = Pattern.compile("\"" + name + "\": (\"(?:[^\"\\\\]|\\\\.)*\"|[^,}]*)").matcher(json);
                String text = found.find() ? found.group(1) : "0";
                if (types[i] == String.class) values[i] = unquoted(text);
                else if (types[i] == int.class) values[i] = Integer.valueOf(text);
                else values[i] = Double.valueOf(text);
            }
            try {
                return Round.class.getDeclaredConstructor(types).newInstance(values);
            } catch (ReflectiveOperationException e) {
                throw new AssertionError(e);
            }
        }
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    private static String unquoted(String json) {
        return json.substring(1, json.length() - 1).replace("\\\"", "\"").replace("\\\\", "\\");
    }

    void write(Path file) throws IOException {
        String heads = head.stream().map(Results::quoted).collect(Collectors.joining(",\n  "));
        String lines = rounds.stream().map(Round::json).collect(Collectors.joining(",\n  "));
        Files.writeString(file, "{\"head\": [\n  " + heads + "],\n\"rounds\": [\n  " + lines + "]}\n");
    }

    static Results read(Path file) throws IOException {
        return new Results(List.of(), Files.readAllLines(file).stream()
                .filter(line -> line.contains("{\"scenario\""))
                .map(Round::parse)
                .toList());
    }

    Set<String> peers() {
        return rounds.stream().map(Round::peer).collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /** Those that count; empty if any failed, because such a server's figures are worth nothing. */
    List<Round> of(String scenario, String peer) {
        var all = rounds.stream().filter(r -> r.scenario.equals(scenario) && r.peer.equals(peer)).toList();
        return all.stream().allMatch(Round::ok) ? all : List.of();
    }

    boolean failed(String scenario, String peer) {
        return rounds.stream().anyMatch(r -> r.scenario.equals(scenario) && r.peer.equals(peer) && !r.ok());
    }

    /** Quartiles of a figure over the rounds: lower, median, upper. */
    record Spread(double low, double median, double high) {
        static Spread of(List<Double> figures) {
            double[] sorted = figures.stream().mapToDouble(Double::doubleValue).sorted().toArray();
            return new Spread(at(sorted, 0.25), at(sorted, 0.5), at(sorted, 0.75));
        }

        private static double at(double[] sorted, double share) {
            double place = share * (sorted.length - 1);
            int below = (int) place;
            int above = Math.min(below + 1, sorted.length - 1);
            return sorted[below] + (sorted[above] - sorted[below]) * (place - below);
        }
    }

    Spread spread(String scenario, String peer, ToDoubleFunction<Round> figure) {
        List<Double> figures = new ArrayList<>();
        of(scenario, peer).forEach(round -> figures.add(figure.applyAsDouble(round)));
        return figures.isEmpty() ? null : Spread.of(figures);
    }

    /** Of the ratios of the same rounds; null if one of both is missing. */
    Spread ratio(String scenario, String peer, String to, ToDoubleFunction<Round> figure) {
        List<Round> ours = of(scenario, peer);
        List<Round> theirs = of(scenario, to);
        if (ours.isEmpty() || ours.size() != theirs.size()) return null;
        return Spread.of(IntStream.range(0, ours.size())
                .mapToObj(i -> figure.applyAsDouble(ours.get(i)) / figure.applyAsDouble(theirs.get(i)))
                .toList());
    }
}
