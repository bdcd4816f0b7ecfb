package io.loomline.faults;

import io.loomline.faults.Slope.Sample;
import io.loomline.probe.Leftovers;
import io.loomline.task.Task;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Runs mixed traffic with faults for minutes, or connects and closes in cycles, and judges whether
 * descriptors, threads or heap grow. The program ends with 1 if they do.
 *
 * <p>Its arguments are the number of minutes and the number of cycles: 0 for traffic.
 */
final class Soak {
    /** A figure is taken so often; a line is printed once a minute. */
    private static final Duration SAMPLE = Duration.ofSeconds(10);

    /** Samples that are left out: caches and tables grow at first. */
    private static final int WARM_UP_SAMPLES = 12;

    private static final int CYCLES_OF_SAMPLE = 50_000;
    private static final double KILOBYTE = 1_024;

    private enum Figure {
        DESCRIPTORS(0.9),
        THREADS(0.9),
        HEAP_KB(KILOBYTE),
        P99_MICROS(Double.MAX_VALUE); // printed, not judged: it is the machine's

        /** The growth over a run that is nobody's leak. */
        final double tolerance;

        Figure(double tolerance) {
            this.tolerance = tolerance;
        }
    }

    private final long start = System.nanoTime();
    private final Map<Figure, List<Sample>> samples = new EnumMap<>(Figure.class);

    private Soak() {
        for (Figure each : Figure.values()) samples.put(each, new ArrayList<>());
    }

    public static void main(String[] arguments) throws Exception {
        int minutes = Integer.parseInt(arguments[0]);
        int cycles = Integer.parseInt(arguments[1]);
        boolean flat = cycles > 0 ? cycle(cycles) : new Soak().run(minutes);
        System.out.println(flat ? "flat" : "GROWS");
        System.exit(flat ? 0 : 1);
    }

    private boolean run(int minutes) throws Exception {
        long end = start + Duration.ofMinutes(minutes).toNanos();
        try (var traffic = new Traffic()) {
            for (int i = 1; System.nanoTime() < end; i++) {
                Task.sleep(SAMPLE);
                traffic.pauseFor(() -> take(traffic));
                if (i % 6 == 0 || System.nanoTime() >= end) print(traffic);
            }
            System.out.printf("%,d visits, %,d failed%n", traffic.visits(), traffic.failures());
        }
        return judge();
    }

    private void take(Traffic traffic) {
        add(Figure.DESCRIPTORS, Baseline.openDescriptors());
        add(Figure.THREADS, Leftovers.threads().size());
        add(Figure.HEAP_KB, Heap.usedBytes() / KILOBYTE);
        add(Figure.P99_MICROS, traffic.latencies().takeP99().toNanos() / 1e3);
    }

    private void add(Figure figure, double value) {
        double hours = Trial.since(start).toNanos() / 3.6e12;
        samples.get(figure).add(new Sample(hours, value));
    }

    private void print(Traffic traffic) {
        var line = new StringBuilder("%5.1f min".formatted(Trial.since(start).toSeconds() / 60.0));
        for (Figure each : Figure.values()) {
            double last = samples.get(each).getLast().figure();
            line.append("  %s %,.0f".formatted(name(each), last));
        }
        System.out.println(line + "  visits %,d".formatted(traffic.visits()));
    }

    private static String name(Figure figure) {
        return figure.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private boolean judge() {
        boolean flat = true;
        for (Figure each : Figure.values()) {
            List<Sample> all = samples.get(each);
            List<Sample> warm = all.subList(Math.min(WARM_UP_SAMPLES, all.size() / 4), all.size());
            Slope slope = Slope.of(warm);
            double hours = warm.getLast().hours() - warm.getFirst().hours();
            boolean grows = slope.grows(hours, each.tolerance);
            System.out.printf(
                    "slope of %s: %+,.1f/h, standard error %,.1f%s%n",
                    name(each), slope.perHour(), slope.errorPerHour(), grows ? ": GROWS" : "");
            flat &= !grows;
        }
        return flat;
    }

    private static boolean cycle(int cycles) throws IOException, InterruptedException {
        try (Stage stage = Stage.open(Stage::echo)) {
            cycle(stage, CYCLES_OF_SAMPLE);
            int before = Baseline.openDescriptors();
            long heapBefore = Heap.usedBytes();
            long heap = heapBefore;
            for (int done = 0; done < cycles; ) {
                int next = Math.min(CYCLES_OF_SAMPLE, cycles - done);
                done += next;
                cycle(stage, next);
                heap = Heap.usedBytes();
                System.out.printf(
                        "%,d cycles: fd delta %d, heap %,d KB%n",
                        done, Baseline.openDescriptors() - before, heap / 1024);
            }
            int delta = Baseline.openDescriptors() - before;
            long per100k = (heap - heapBefore) * 100_000 / cycles;
            System.out.printf(
                    "%,d cycles: fd delta %d, heap %+,d bytes per 100,000%n",
                    cycles, delta, per100k);
            return delta == 0 && per100k < Heap.MEGABYTE;
        }
    }

    private static void cycle(Stage stage, int cycles) throws IOException, InterruptedException {
        Map<String, Long> outcomes = stage.connectAndReset(cycles);
        if (outcomes.size() > 1) throw new IOException("clients failed: " + outcomes);
    }
}
