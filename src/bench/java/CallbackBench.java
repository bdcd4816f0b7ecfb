import io.loomline.Runtime;
import io.loomline.net.ConnectionHandler;
import io.loomline.protocol.LineProtocol;
import io.loomline.protocol.Protocol;
import io.loomline.protocol.Protocols;
import io.loomline.protocol.Transport;
import io.loomline.task.TaskGroup;



import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What an echo costs in callback style, beside the sequential one: a server process for each, rounds
 * in turn, the processor time of the server for each request from /proc, medians of the rounds and of
 * their ratios. Each echo is checked. Linux only.
 *
 *   mvn -q -Pbench -Dbench=CallbackBench
 *   mvn -q -Pbench -Dbench=CallbackBench -Dargs="9 1000"    nine rounds, 1,000 connections
 */
public class CallbackBench {
    static final int WARM_UP_ROUNDS = 2;
    static final int REQUESTS = 200_000;
    static final int TICK_MICROS = 10_000; // of /proc, proc(5): sysconf(_SC_CLK_TCK) is 100
    static final String LINE = "x".repeat(63);

    static final Map<String, ConnectionHandler> SERVERS = new LinkedHashMap<>();

    static {
        SERVERS.put("lines, sequential", connection -> {
            for (String line; (line = connection.readLine()) != null; ) connection.writeLine(line);
        });
        SERVERS.put("lines, callbacks", Protocols.handler(LineEcho::new));
        SERVERS.put("bytes, sequential", connection -> {
            for (byte[] bytes; (bytes = connection.read(65_536)).length > 0; ) connection.write(bytes);
        });
        SERVERS.put("bytes, callbacks", Protocols.handler(Echo::new));
    }

    static class Echo implements Protocol {
        Transport transport;

        @Override
        public void connected(Transport transport) {
            this.transport = transport;
        }

        @Override
        public void received(ByteBuffer bytes) {
            transport.write(bytes);
        }
    }

    static final class LineEcho extends Echo implements LineProtocol {
        @Override
        public void lineReceived(String line) {
            transport.write(ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8)));
        }
    }

    public static void main(String[] args) throws Exception {
        if (args.length == 2 && args[0].equals("serve")) serve(args[1]);
        else compare(number(args, 0, 9), number(args, 1, 100));
    }

    static int number(String[] args, int index, int otherwise) {
        return args.length > index ? Integer.parseInt(args[index]) : otherwise;
    }

    static void serve(String name) throws Exception {
        try (var runtime = Runtime.open()) {
            System.out.println(runtime.listen(0, SERVERS.get(name)).port());
            System.in.read(); // until the parent ends
        }
    }

    record Served(Process process, int port) {
        static Served start(String name) throws IOException {
            String java = ProcessHandle.current().info().command().orElseThrow();
            var process = new ProcessBuilder(
                            java, "--module-path", System.getProperty("jdk.module.path"),
                            "--add-modules", "io.loomline", "--source", "25",
                            "src/bench/java/CallbackBench.java", "serve", name)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            return new Served(process, Integer.parseInt(process.inputReader().readLine()));
        }

        long cpuTicks() throws IOException {
            String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            return Long.parseLong(fields[11]) + Long.parseLong(fields[12]); // utime, stime
        }
    }

    static void compare(int rounds, int connections) throws Exception {
        Map<String, Served> servers = new LinkedHashMap<>();
        Map<String, double[]> micros = new LinkedHashMap<>();
        try {
            for (String name : SERVERS.keySet()) {
                servers.put(name, Served.start(name));
                micros.put(name, new double[rounds]);
            }
            for (int round = -WARM_UP_ROUNDS; round < rounds; round++) {
                for (var server : servers.entrySet()) {
                    long before = server.getValue().cpuTicks();
                    load(server.getValue().port(), connections);
                    long ticks = server.getValue().cpuTicks() - before;
                    if (round < 0) continue;
                    micros.get(server.getKey())[round] = (double) ticks * TICK_MICROS / REQUESTS;
                }
            }
        } finally {
            servers.values().forEach(server -> server.process().destroy());
        }
        System.out.printf("%d connections, CPU of the server for each request%n", connections);
        double[] first = micros.get("lines, sequential");
        double[] raw = micros.get("bytes, sequential");
        micros.forEach((name, figures) -> {
            double[] base = name.startsWith("lines") ? first : raw;
            double[] ratios = new double[rounds];
            Arrays.setAll(ratios, i -> figures[i] / base[i]);
            System.out.printf("  %-18s median %5.2f us   ratio %.2f%n", name, median(figures), median(ratios));
        });
    }

    static void load(int port, int connections) throws Exception {
        try (var runtime = Runtime.open();
                TaskGroup clients = runtime.group()) {
            for (int i = 0; i < connections; i++) {
                clients.start(() -> {
                    try (var connection = runtime.connect("127.0.0.1", port)) {
                        for (int n = 0; n < REQUESTS / connections; n++) {
                            connection.writeLine(LINE);
                            if (!LINE.equals(connection.readLine())) throw new AssertionError("wrong echo");
                        }
                    }
                });
            }
            clients.await();
        }
    }

    static double median(double[] figures) {
        double[] sorted = figures.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
