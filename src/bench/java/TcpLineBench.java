import io.loomline.Runtime;



import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * What reading lines over loopback TCP costs, beside a BufferedReader over a Socket's stream: both
 * on a virtual thread, the same bytes from the same sender, in turns. The sender is a process of
 * its own, so that the processor time of this one is the reader's, the kernel's part of it and the
 * collector's included.
 *
 *   mvn -q -Pbench -Dbench=TcpLineBench
 *   mvn -q -Pbench -Dbench=TcpLineBench -Dargs="15 1024"   fifteen rounds of lines of 1 KiB
 */
public class TcpLineBench {
    static final int WARM_UP_ROUNDS = 4;
    static final long BYTES_PER_ROUND = 512L << 20;
    static final int LINES_IN_PATTERN = 1000;

    static final OperatingSystemMXBean PROCESS =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    public static void main(String[] args) throws Exception {
        if (args.length == 2 && args[0].equals("send")) {
            send(Integer.parseInt(args[1]));
            return;
        }
        int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 9;
        int length = args.length > 1 ? Integer.parseInt(args[1]) : 64;
        Process sender = startSender(length);
        try (var runtime = Runtime.open()) {
            int port = Integer.parseInt(sender.inputReader().readLine());
            compare(runtime, port, length, rounds);
        } finally {
            sender.destroyForcibly().waitFor();
        }
    }

    static Process startSender(int length) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--module-path", System.getProperty("jdk.module.path"),
                        "--add-modules", "io.loomline",
                        "--source", "25",
                        "src/bench/java/TcpLineBench.java", "send", Integer.toString(length))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** In the other process: whoever connects gets a round's worth of lines and the end. */
    static void send(int length) throws IOException {
        byte[] pattern = pattern(length);
        try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            System.out.println(server.getLocalPort());
            while (true) {
                try (Socket socket = server.accept()) {
                    var output = socket.getOutputStream();
                    for (long i = 0; i < repeats(length); i++) output.write(pattern);
                }
            }
        }
    }

    static long repeats(int length) {
        return BYTES_PER_ROUND / LINES_IN_PATTERN / (length + 1);
    }

    /** Lines that differ. */
    static String line(int index, int length) {
        return (index + "-" + "abcdefghij".repeat(length)).substring(0, length);
    }

    static byte[] pattern(int length) {
        var lines = new StringBuilder();
        for (int i = 0; i < LINES_IN_PATTERN; i++) lines.append(line(i, length)).append('\n');
        return lines.toString().getBytes(StandardCharsets.US_ASCII);
    }

    /** What was read; a line's share in the sum is cheap to find, so that it costs both little. */
    static final class Tally {
        final boolean whole;
        long lines;
        long characters;
        long sum;

        Tally(boolean whole) {
            this.whole = whole;
        }

        void add(String line) {
            lines++;
            characters += line.length();
            sum = 31 * sum + (whole ? line.hashCode() : line.charAt((int) (lines % line.length())));
        }

        static Tally expected(int length, boolean whole) {
            String[] pattern = new String[LINES_IN_PATTERN];
            for (int i = 0; i < pattern.length; i++) pattern[i] = line(i, length);
            var tally = new Tally(whole);
            for (long i = 0; i < repeats(length); i++) {
                for (String line : pattern) tally.add(line);
            }
            return tally;
        }

        void require(Tally expected) {
            boolean same = lines == expected.lines && characters == expected.characters && sum == expected.sum;
            if (!same) throw new AssertionError("lines are missing, or are not what was sent");
        }
    }

    /** Reads all lines that come. */
    interface Way {
        void read(Tally tally) throws Exception;
    }

    static void compare(Runtime runtime, int port, int length, int rounds) throws Exception {
        Way[] ways = {
            tally -> bufferedReader(port, tally), tally -> connection(runtime, port, tally)
        };
        Tally whole = Tally.expected(length, true);
        for (Way way : ways) turn(runtime, way, true).tally.require(whole);
        Tally expected = Tally.expected(length, false);
        double[][] perCpuSecond = new double[ways.length][rounds];
        double[][] perSecond = new double[ways.length][rounds];
        for (int round = -WARM_UP_ROUNDS; round < rounds; round++) {
            for (int way = 0; way < ways.length; way++) {
                Turn turn = turn(runtime, ways[way], false);
                turn.tally.require(expected);
                if (round < 0) continue;
                perCpuSecond[way][round] = expected.lines / turn.cpuSeconds;
                perSecond[way][round] = expected.lines / turn.wallSeconds;
            }
        }
        System.out.printf("%nlines of %d bytes over loopback TCP, %d rounds%n", length, rounds);
        String[] names = {"BufferedReader", "Connection"};
        for (int way = 0; way < ways.length; way++) {
            double[] ratios = new double[rounds];
            for (int i = 0; i < rounds; i++) ratios[i] = perCpuSecond[way][i] / perCpuSecond[0][i];
            System.out.printf(
                    "  %-16s %6.2f million lines/CPU s   %6.2f million lines/s   ratio by CPU %s%n",
                    names[way], quantile(perCpuSecond[way], 2) / 1e6, quantile(perSecond[way], 2) / 1e6,
                    "%.2f (quartiles %.2f to %.2f)".formatted(
                            quantile(ratios, 2), quantile(ratios, 1), quantile(ratios, 3)));
        }
    }

    record Turn(Tally tally, double cpuSeconds, double wallSeconds) {}

    static Turn turn(Runtime runtime, Way way, boolean whole) throws Exception {
        var tally = new Tally(whole);
        long start = System.nanoTime();
        long cpu = PROCESS.getProcessCpuTime();
        runtime.start(() -> way.read(tally)).join(); // in a task, where reads look for cancels
        return new Turn(tally, (PROCESS.getProcessCpuTime() - cpu) / 1e9, (System.nanoTime() - start) / 1e9);
    }

    static void bufferedReader(int port, Tally tally) throws Exception {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            var reader = new BufferedReader(
                    new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            for (String line; (line = reader.readLine()) != null; ) tally.add(line);
        }
    }

    static void connection(Runtime runtime, int port, Tally tally) throws Exception {
        try (var connection = runtime.connect("localhost", port)) {
            for (String line; (line = connection.readLine()) != null; ) tally.add(line);
        }
    }

    static double quantile(double[] figures, int quarter) {
        double[] sorted = figures.clone();
        Arrays.sort(sorted);
        return sorted[Math.min(sorted.length - 1, sorted.length * quarter / 4)];
    }
}
