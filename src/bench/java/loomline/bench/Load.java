package loomline.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import loomline.bench.Message.WrongAnswer;

/**
 * The load, a process of its own with one working thread. It takes commands from standard input:
 * "open KIND PORT CONNECTIONS BYTES DEPTH FIRST_ID", "run MILLIS", "close", and answers "ok ..." or
 * "failed WHY". Nothing is under way between two commands, so counts and the server's CPU time, read
 * between them, belong to the same requests.
 */
final class Load {
    /** Without an answer for this long, a server hangs. */
    static final int STALL_MILLIS = 10_000;

    /** One kind of load on one server. */
    interface Work {
        void open() throws IOException;

        Tally run(long nanos) throws IOException;

        /** Ends all connections; each must then be ended by the server, without a byte too many. */
        void close() throws IOException;

        /** Drops everything, after a failure. */
        void abort();
    }

    /** What was done: requests, or what the scenario counts instead. */
    record Tally(double count, long nanos, Histogram latencies) {}

    record Order(int port, int connections, int bytes, int depth, int firstId, Wire.Wires wires) {
        Wire connect() throws IOException {
            return wires.connect(port);
        }
    }

    private Load() {}

    public static void main(String[] args) throws IOException {
        Work work = null;
        for (String line; (line = readLine()) != null; ) {
            String[] words = line.split(" ");
            String answer;
            try {
                if (words[0].equals("open")) {
                    if (work != null) work.abort();
                    work = kind(words);
                }
                answer = "ok " + obey(work, words);
            } catch (IOException | RuntimeException e) {
                if (work != null) work.abort();
                answer = "failed " + (e instanceof WrongAnswer ? e.getMessage() : e);
            }
            System.out.println(answer.replace('\n', ' '));
        }
    }

    private static String readLine() throws IOException {
        return COMMANDS.readLine();
    }

    private static final java.io.BufferedReader COMMANDS =
            new java.io.BufferedReader(new java.io.InputStreamReader(System.in));

    private static Work kind(String[] words) throws IOException {
        int[] numbers = new int[5];
        for (int i = 0; i < 5; i++) numbers[i] = Integer.parseInt(words[i + 2]);
        String kind = words[1];
        boolean resumes = kind.equals("tls-resume");
        Wire.Wires wires = kind.startsWith("tls-") ? TlsClient.start(resumes) : Wire.Plain::connect;
        var order = new Order(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], wires);
        return switch (kind) {
            case "line", "tls-line" -> new EchoLoad(order);
            case "open" -> new OpenLoad(order);
            case "accept", "accept-reset", "tls-accept", "tls-resume" ->
                    new AcceptLoad(order, resumes, kind.equals("accept-reset"));
            case "sink", "stream" -> new StreamLoad(order, kind.equals("sink"));
            case "file", "tls-file" -> new FileLoad(order);
            case "tls-upload" -> new UploadLoad(order);
            case "broadcast" -> new BroadcastLoad(order);
            default -> throw new IllegalArgumentException(kind);
        };
    }

    private static String obey(Work work, String[] words) throws IOException {
        switch (words[0]) {
            case "open" -> work.open();
            case "close" -> work.close();
            case "run" -> {
                return run(work, Long.parseLong(words[1]) * 1_000_000);
            }
            default -> throw new IllegalArgumentException(words[0]);
        }
        return "";
    }

    private static String run(Work work, long nanos) throws IOException {
        var system = (com.sun.management.OperatingSystemMXBean)
                ManagementFactory.getOperatingSystemMXBean();
        long cpu = system.getProcessCpuTime();
        Tally tally = work.run(nanos);
        return "%s %d %d %s".formatted(tally.count(), tally.nanos(), system.getProcessCpuTime() - cpu,
                tally.latencies().text());
    }

    /** Over loopback a blocking connect takes microseconds; refused or lost ones fail the round. */
    static SocketChannel connect(int port) throws IOException {
        var channel = SocketChannel.open();
        try {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            channel.configureBlocking(false);
            return channel;
        } catch (IOException e) {
            channel.close();
            throw new IOException("connect failed: " + e.getMessage(), e);
        }
    }

    /** Ends this side and waits for the other's end: a byte instead is one that nobody asked for. */
    static void finish(SocketChannel channel) throws IOException {
        channel.shutdownOutput();
        channel.configureBlocking(true);
        channel.socket().setSoTimeout(STALL_MILLIS);
        try (channel) {
            int stray = channel.socket().getInputStream().read();
            if (stray >= 0) throw new IOException("stray byte " + stray + " after the last answer");
        }
    }

    static ByteBuffer direct(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(java.nio.ByteOrder.nativeOrder());
    }
}
