package loomline.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Where and with what it was measured. */
final class Machine {
    private Machine() {}

    static List<String> head(Options options) {
        List<String> lines = new ArrayList<>();
        lines.add("%s, %d cores, Linux %s, JDK %s".formatted(cpu(), Runtime.getRuntime().availableProcessors(),
                System.getProperty("os.version"), Runtime.version()));
        lines.add(("%s; %d rounds of %s s, peers in turn, over loopback, medians; every echo is verified; %s")
                .formatted(java.time.LocalDate.now(), options.rounds(), options.seconds(),
                        options.pin() ? "server on core 0, load on core 1" : "not pinned"));
        lines.add("versions: " + versions());
        lines.add("JVM servers: " + String.join(" ", Peers.JVM) + "; for idle memory: "
                + String.join(" ", Peers.JVM_TIGHT));
        return lines;
    }

    private static String cpu() {
        try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith("model name"))
                    .findFirst()
                    .map(line -> line.substring(line.indexOf(':') + 2))
                    .orElse(System.getProperty("os.arch"));
        } catch (IOException e) {
            return System.getProperty("os.arch");
        }
    }

    private static String versions() {
        List<String> versions = new ArrayList<>();
        Arrays.stream(System.getProperty("jdk.module.path").split(":"))
                .map(entry -> Path.of(entry).getFileName().toString())
                .filter(name -> name.matches("netty-(common|tcnative-classes)-.*"))
                .map(name -> name.replace("common-", "").replace("classes-", "").replace(".jar", ""))
                .forEach(versions::add);
        for (String[] command : new String[][] {
            {"go", "version"}, {"python3", "--version"}, {"gcc", "--version"}, {"cargo", "--version"}
        }) {
            String line = firstLine(command);
            if (line != null) versions.add(line);
        }
        return String.join(", ", versions);
    }

    private static String firstLine(String... command) {
        try {
            var process = new ProcessBuilder(command).redirectErrorStream(true).start();
            try (var lines = process.inputReader()) {
                return lines.readLine();
            }
        } catch (IOException e) {
            return null; // not installed
        }
    }

    /** What all processors have spent on anything, with what the hypervisor took from them. */
    static double busyMicros() throws IOException {
        try (var lines = Files.lines(Path.of("/proc/stat"))) {
            String[] fields = lines.findFirst().orElseThrow().split(" +");
            double ticks = 0;
            for (int i : new int[] {1, 2, 3, 6, 7, 8}) ticks += Double.parseDouble(fields[i]); // not 4 and 5: idle
            return ticks * ServerProcess.TICK_MICROS;
        }
    }
}
