package io.loomline.faults;

import io.loomline.probe.CapturedLog;
import io.loomline.probe.Kernel;
import io.loomline.probe.Programs;

import org.opentest4j.TestAbortedException;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Injects each fault and prints what was seen. The program ends with 1 if a row failed.
 *
 * <p>Its arguments are the names of rows; without any, all of them run.
 */
final class FaultTable {
    /** The argument of a child that runs one row. */
    private static final String ROW = "--row";

    /** A row that ran: its result, and what was seen. */
    record Result(Verdict verdict, String seen) {}

    enum Verdict {
        PASS,
        FAIL,
        SKIP
    }

    private FaultTable() {}

    static List<Fault> rows() {
        return Stream.of(
                        StreamFaults.rows(),
                        DescriptorFaults.rows(),
                        SlowFaults.rows(),
                        InputFaults.rows(),
                        TlsFaults.rows(),
                        TaskFaults.rows(),
                        CarrierFaults.rows(),
                        HandlerFaults.rows(),
                        CloseFaults.rows(),
                        ProcessFaults.rows(),
                        SignalFaults.rows(),
                        NetworkFaults.rows(),
                        ClockFaults.rows())
                .flatMap(List::stream)
                .toList();
    }

    static Fault row(String name) {
        return rows().stream()
                .filter(row -> row.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no row is named " + name));
    }

    public static void main(String[] arguments) throws Exception {
        if (arguments.length == 3 && arguments[0].equals(ROW)) {
            runAsChild(row(arguments[1]), Boolean.parseBoolean(arguments[2]));
            return;
        }
        List<Fault> rows =
                arguments.length == 0 ? rows() : Stream.of(arguments).map(FaultTable::row).toList();
        System.exit(runAll(rows));
    }

    private static int runAll(List<Fault> rows) {
        long start = System.nanoTime();
        Map<Verdict, List<String>> verdicts = new TreeMap<>();
        print("verdict", "fault", "injected", "expected", "seen");
        for (Fault row : rows) {
            long began = System.nanoTime();
            Result result = run(row, false);
            String took = " (%.1f s)".formatted(Trial.since(began).toNanos() / 1e9);
            verdicts.computeIfAbsent(result.verdict, _ -> new ArrayList<>()).add(row.name());
            String verdict = result.verdict.name();
            print(verdict, row.name(), row.injected(), row.expected(), result.seen + took);
        }
        System.out.printf(
                "%d rows in %d s: %s%n", rows.size(), Trial.since(start).toSeconds(), verdicts);
        return verdicts.containsKey(Verdict.FAIL) ? 1 : 0;
    }

    private static void print(String... cells) {
        System.out.println("| " + String.join(" | ", cells) + " |");
    }

    /** Runs a row where it belongs. */
    static Result run(Fault row, boolean brief) {
        try {
            return row.place().here() ? runHere(row, brief) : runInChild(row, brief);
        } catch (TestAbortedException e) {
            return new Result(Verdict.SKIP, e.getMessage());
        } catch (Exception | AssertionError e) {
            return new Result(Verdict.FAIL, causes(e));
        }
    }

    private static String causes(Throwable failure) {
        String frames =
                Stream.of(failure.getStackTrace())
                        .filter(frame -> frame.getClassName().startsWith("io.loomline"))
                        .limit(4)
                        .map(StackTraceElement::toString)
                        .collect(Collectors.joining(", "));
        String cause = failure.getCause() == null ? "" : "; cause " + causes(failure.getCause());
        return failure + " at " + frames + cause;
    }

    private static Result runHere(Fault row, boolean brief) throws Exception {
        var trial = new Trial(brief);
        Baseline before = Baseline.take();
        try (var log = new CapturedLog()) {
            row.body().inject(trial);
            before.require(trial);
            trial.logged(Stream.concat(lines(log, " WARN "), lines(log, " ERROR ")).toList());
        }
        Verdict verdict = trial.missed().isEmpty() ? Verdict.PASS : Verdict.FAIL;
        String missed = verdict == Verdict.PASS ? "" : "; not as expected: " + trial.missed();
        return new Result(verdict, trial.seen() + missed);
    }

    private static Stream<String> lines(CapturedLog log, String level) {
        return log.lines(level).stream();
    }

    private static void runAsChild(Fault row, boolean brief) {
        Result result;
        try {
            result = runHere(row, brief);
        } catch (TestAbortedException e) {
            result = new Result(Verdict.SKIP, e.getMessage());
        } catch (Exception | Error e) {
            result = new Result(Verdict.FAIL, causes(e));
        }
        System.out.println(ROW + " " + result.verdict + " " + result.seen.replace('\n', ' '));
        System.exit(0);
    }

    private static Result runInChild(Fault row, boolean brief) throws Exception {
        List<String> launcher = row.place().launcher();
        if (!launcher.isEmpty()) Programs.require(launcher.getFirst(), "util-linux");
        List<String> options = new ArrayList<>(row.place().options());
        options.addAll(Kernel.chosen().jvmOptions());
        List<String> before = new ArrayList<>();
        String few = Boolean.toString(brief);
        try (var child = RowProcess.start(row.place(), options, ROW, row.name(), few)) {
            for (String line; (line = child.readLine()) != null; before.add(line)) {
                if (line.startsWith(ROW)) return parse(line);
            }
        }
        return lacksNamespace(before)
                ? new Result(Verdict.SKIP, String.join(" ", before))
                : new Result(Verdict.FAIL, "the process ended: " + before);
    }

    /** What unshare(1) says to users without the right. */
    private static boolean lacksNamespace(List<String> output) {
        return !output.isEmpty() && output.getFirst().startsWith("unshare:");
    }

    private static Result parse(String line) {
        String[] parts = line.split(" ", 3);
        return new Result(Verdict.valueOf(parts[1]), parts.length > 2 ? parts[2] : "");
    }

    /** The rows whose brief form takes well under a second: those that start no process. */
    static List<Fault> briefRows() {
        Set<String> starting =
                Set.of(
                        "held-carriers",
                        "small-heap",
                        "kill",
                        "stopped-process",
                        "stopped-peer",
                        "sigterm");
        return rows().stream()
                .filter(row -> row.place().here() && !starting.contains(row.name()))
                .toList();
    }
}
