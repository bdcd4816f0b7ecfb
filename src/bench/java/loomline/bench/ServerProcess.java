package loomline.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** One server: it says "ready PORT", and ends when its standard input does. */
final class ServerProcess implements AutoCloseable {
    /** Of /proc, proc(5): sysconf(_SC_CLK_TCK) is 100 on every Linux of today. */
    static final double TICK_MICROS = 10_000;

    final String peer;
    final boolean jvm;
    final int port;
    private final Process process;

    ServerProcess(String peer, List<String> command) throws IOException, Peers.Skipped {
        this.peer = peer;
        jvm = command.contains(Peers.JAVA);
        process = new ProcessBuilder(command)
                .redirectError(Peers.BUILD.resolve(peer + ".log").toFile())
                .start();
        String line = process.inputReader().readLine();
        if (line == null || !line.startsWith("ready ")) {
            close();
            throw new Peers.Skipped(line == null ? "it did not start: see " + peer + ".log" : line);
        }
        port = Integer.parseInt(line.substring("ready ".length()));
    }

    static List<String> command(List<String> peer, String service, boolean tight, boolean pin) {
        List<String> command = new ArrayList<>(pin ? List.of("taskset", "-c", "0") : List.of());
        command.add(peer.getFirst());
        if (peer.getFirst().equals(Peers.JAVA)) command.addAll(tight ? Peers.JVM_TIGHT : Peers.JVM);
        command.addAll(peer.subList(1, peer.size()));
        command.add(service);
        return command;
    }

    /** User and system time of all threads, those that have ended too. */
    double cpuMicros() throws IOException {
        String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * TICK_MICROS; // utime, stime
    }

    /**
     * After full collections.
     *
     * @param heapBytes of live objects; 0 if it is no JVM
     */
    record Memory(double residentBytes, double heapBytes) {}

    Memory memory() throws IOException, InterruptedException {
        if (!jvm) return new Memory(residentBytes(), 0);
        for (int i = 0; i < 2; i++) jcmd("GC.run");
        double resident = residentBytes();
        String total = jcmd("GC.class_histogram").getLast(); // collects, too: "Total OBJECTS BYTES"
        return new Memory(resident, Double.parseDouble(total.strip().split(" +")[2]));
    }

    private List<String> jcmd(String order) throws IOException, InterruptedException {
        String jcmd = Path.of(Peers.JAVA).resolveSibling("jcmd").toString();
        var asked = new ProcessBuilder(jcmd, Long.toString(process.pid()), order)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        List<String> lines = asked.inputReader().lines().toList();
        if (asked.waitFor() != 0) throw new IOException("jcmd " + order + " failed: " + lines);
        return lines;
    }

    private double residentBytes() throws IOException {
        try (var lines = Files.lines(Path.of("/proc/" + process.pid() + "/status"))) {
            String line = lines.filter(l -> l.startsWith("VmRSS:")).findFirst().orElseThrow();
            return Double.parseDouble(line.replaceAll("\\D", "")) * 1024;
        }
    }

    @Override
    public void close() {
        try {
            process.outputWriter().close();
            if (process.waitFor(5, TimeUnit.SECONDS)) return;
        } catch (IOException | InterruptedException e) {
            // it is ended below
        }
        process.destroyForcibly();
    }
}
