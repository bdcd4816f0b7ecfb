package loomline.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** As many processes of load as the connections need, commanded as one. */
final class LoadProcess implements AutoCloseable {
    /** So that neither the descriptors nor the memory of one process are stretched. */
    static final int MOST_CONNECTIONS = 12_000;

    private final List<Process> processes = new ArrayList<>();
    private final List<BufferedReader> answers = new ArrayList<>();
    private final boolean pin;
    private int opened; // how many of the processes have connections

    /** What all did together, and how busy the busiest of them was: 1 is all of one core. */
    record Done(double count, double seconds, double cpuMicros, double share, Histogram latencies) {}

    /** The server has not done what was asked, as the load says. */
    static final class Failed extends IOException {
        Failed(String why) {
            super(why);
        }
    }

    LoadProcess(boolean pin) {
        this.pin = pin;
    }

    private void atLeast(int count) throws IOException {
        while (processes.size() < count) {
            List<String> command = new ArrayList<>(pin ? List.of("taskset", "-c", "1") : List.of());
            command.addAll(List.of(Peers.JAVA, "-Xmx512m", "-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED",
                    "--sun-misc-unsafe-memory-access=allow", "-cp", Peers.withNetty(), "loomline.bench.Load"));
            var process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
            processes.add(process);
            answers.add(process.inputReader());
        }
    }

    void open(Scenario scenario, int port, int connections) throws IOException {
        int parts = scenario.processes(connections);
        atLeast(parts);
        opened = parts;
        for (int i = 0; i < parts; i++) {
            int first = (int) ((long) connections * i / parts);
            int next = (int) ((long) connections * (i + 1) / parts);
            tell(i, "open %s %d %d %d %d %d".formatted(scenario.load(), port, next - first,
                    scenario.bytes(), scenario.depth(), first));
        }
        awaitAll();
    }

    Done run(double seconds) throws IOException {
        for (int i = 0; i < opened; i++) tell(i, "run " + Math.round(seconds * 1000));
        double count = 0;
        double longest = 0;
        double cpu = 0;
        double share = 0;
        var latencies = new Histogram();
        for (String answer : awaitAll()) {
            String[] fields = answer.split(" ");
            count += Double.parseDouble(fields[0]);
            double nanos = Double.parseDouble(fields[1]);
            longest = Math.max(longest, nanos / 1e9);
            cpu += Double.parseDouble(fields[2]) / 1e3;
            share = Math.max(share, Double.parseDouble(fields[2]) / nanos);
            latencies.addAll(fields[3]);
        }
        return new Done(count, longest, cpu, share, latencies);
    }

    /** Ends the connections, in order; after a failure the next {@code open} drops what is left. */
    void end() throws IOException {
        for (int i = 0; i < opened; i++) tell(i, "close");
        awaitAll();
    }

    private void tell(int index, String command) {
        var out = new PrintStream(processes.get(index).getOutputStream());
        out.println(command);
        out.flush();
    }

    private List<String> awaitAll() throws IOException {
        List<String> all = new ArrayList<>();
        String failure = null;
        for (int i = 0; i < opened; i++) {
            String line = answers.get(i).readLine();
            if (line == null) throw new IOException("the load process has ended");
            if (line.startsWith("ok ")) all.add(line.substring(3));
            else if (failure == null) failure = line.substring("failed ".length());
        }
        if (failure != null) throw new Failed(failure);
        return all;
    }

    @Override
    public void close() {
        for (Process process : processes) {
            try {
                process.outputWriter().close();
                if (!process.waitFor(5, TimeUnit.SECONDS)) process.destroyForcibly();
            } catch (IOException | InterruptedException e) {
                process.destroyForcibly();
            }
        }
    }
}
