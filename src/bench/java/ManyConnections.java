import module io.loomline;
import module java.base;

import io.loomline.Runtime;

/**
 * As many real TCP connections as this machine carries, all open at once: server processes that echo
 * lines, each on a loopback address of its own, and a client process for each. Prints the time to
 * connect, the time of one echo on each connection, and what a connection costs each process and
 * the machine.
 *
 *   mvn -q -Pbench -Dbench=ManyConnections -Dargs=100000
 */
public class ManyConnections {
    /** The hard limit of descriptors is often 20,000; a process needs some for itself. */
    static final int MOST_PER_PROCESS = 19_000;

    /** So many connections come and go before, so the code is compiled. */
    static final int WARM_UP = 10_000;

    static final Limits LIMITS = Limits.NONE;
    static final Path SELF = Path.of("/proc/self");

    public static void main(String[] args) throws Exception {
        switch (args.length > 0 ? args[0] : "100000") {
            case "server" -> serve(args[1]);
            case "client" -> connect(args[1], Integer.parseInt(args[2]), Integer.parseInt(args[3]));
            case String connections -> run(Integer.parseInt(connections));
        }
    }

    /** A process with its answers, which are numbers. */
    record Child(Process process) {
        static Child start(List<String> command) throws IOException {
            return new Child(new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
        }

        long[] answer() throws IOException {
            String line = process.inputReader().readLine();
            if (line == null) throw new EOFException("a process has ended: " + process.info());
            return Stream.of(line.split(" ")).mapToLong(Long::parseLong).toArray();
        }

        void tell(String command) throws IOException {
            process.outputWriter().append(command).append('\n').flush();
        }
    }

    static void run(int connections) throws Exception {
        Path classes = Files.createTempDirectory("many-connections");
        ToolProvider.findFirst("javac").orElseThrow().run(System.out, System.err,
                "-p", System.getProperty("jdk.module.path"), "--add-modules", "io.loomline",
                "-d", classes.toString(), "src/bench/java/ManyConnections.java");
        int pairs = Math.ceilDiv(connections, MOST_PER_PROCESS);
        List<Child> children = new ArrayList<>();
        try {
            run(classes, connections, pairs, children);
        } finally {
            for (Child child : children) child.process.destroyForcibly().onExit().join();
            try (var files = Files.list(classes)) {
                for (Path file : files.toList()) Files.delete(file);
            }
            Files.delete(classes);
        }
    }

    private static void run(Path classes, int connections, int pairs, List<Child> children) throws Exception {
        List<Child> servers = new ArrayList<>();
        List<Child> clients = new ArrayList<>();
        for (int i = 0; i < pairs; i++) {
            servers.add(Child.start(command(classes, "server", "127.0.0." + (i + 1))));
            children.add(servers.getLast());
        }
        for (int i = 0; i < pairs; i++) {
            long port = servers.get(i).answer()[0];
            int part = (int) ((long) connections * (i + 1) / pairs - (long) connections * i / pairs);
            clients.add(Child.start(command(classes, "client", "127.0.0." + (i + 1), "" + port, "" + part)));
            children.add(clients.getLast());
        }
        for (Child client : clients) client.answer();
        sum(clients, "warm");
        long[] serversBefore = sum(servers, "memory");
        long[] clientsBefore = sum(clients, "memory");
        long freeBefore = availableBytes();
        System.out.printf("%d server and %d client processes%n", pairs, pairs);

        long start = System.nanoTime();
        long[] opened = sum(clients, "connect");
        double seconds = (System.nanoTime() - start) / 1e9;
        System.out.printf("connect and one echo: %,d connections in %.1f s, %,.0f/s; %d failed%n",
                opened[0], seconds, opened[0] / seconds, opened[1]);
        for (int round = 1; round <= 2; round++) {
            start = System.nanoTime();
            long echoed = sum(clients, "echo")[0];
            System.out.printf("one echo on each: %,d in %.1f s%n", echoed, (System.nanoTime() - start) / 1e9);
        }
        long[] serversAfter = sum(servers, "memory");
        long[] clientsAfter = sum(clients, "memory");
        long freeAfter = availableBytes();
        print("servers", serversBefore, serversAfter, connections);
        print("clients", clientsBefore, clientsAfter, connections);
        System.out.printf("machine: %,d bytes for each connection, both ends, kernel and everything else that runs included%n",
                (freeBefore - freeAfter) / connections);
        for (String line : Files.readAllLines(Path.of("/proc/net/sockstat"))) {
            if (line.startsWith("TCP:")) System.out.println("/proc/net/sockstat: " + line);
        }
    }

    private static void print(String who, long[] before, long[] after, int connections) {
        System.out.printf("%s: %,d descriptors, %,d MiB resident; for each connection %,d bytes resident, %,d of heap%n",
                who, after[2], after[0] >> 20, (after[0] - before[0]) / connections, (after[1] - before[1]) / connections);
    }

    private static long availableBytes() throws IOException {
        return kilobytes(Path.of("/proc/meminfo"), "MemAvailable:") * 1024;
    }

    private static long kilobytes(Path file, String name) throws IOException {
        for (String line : Files.readAllLines(file)) {
            if (line.startsWith(name)) return Long.parseLong(line.replaceAll("\\D", ""));
        }
        throw new IOException(name + " is not in " + file);
    }

    /** Commands all at the same time, and adds up their answers. */
    private static long[] sum(List<Child> children, String command) throws IOException {
        for (Child child : children) child.tell(command);
        long[] sum = new long[3];
        for (Child child : children) {
            long[] answer = child.answer();
            for (int i = 0; i < answer.length; i++) sum[i] += answer[i];
        }
        return sum;
    }

    private static List<String> command(Path classes, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g", "-XX:+UseSerialGC", "-XX:MinHeapFreeRatio=5", "-XX:MaxHeapFreeRatio=10",
                "-p", System.getProperty("jdk.module.path"), "--add-modules", "io.loomline",
                "--enable-native-access=io.loomline", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
                "-cp", classes.toString(), "ManyConnections"));
        command.addAll(List.of(arguments));
        return command;
    }

    private static void serve(String address) throws Exception {
        try (var runtime = Runtime.open()) {
            var options = ServerOptions.DEFAULT.withMaxConnections(MOST_PER_PROCESS).withLimits(LIMITS);
            var server = runtime.listen(new InetSocketAddress(address, 0), options, connection -> {
                for (String line; (line = connection.readLine()) != null; ) connection.writeLine(line);
            });
            System.out.println(server.port());
            while (IO.readln() != null) answerMemory(); // there is no other command
        }
    }

    /** Resident bytes, heap bytes, descriptors. */
    private static void answerMemory() throws IOException {
        for (int i = 0; i < 3; i++) System.gc();
        var heap = java.lang.Runtime.getRuntime();
        long resident = kilobytes(SELF.resolve("status"), "VmRSS:") * 1024;
        try (var descriptors = Files.list(SELF.resolve("fd"))) {
            System.out.println(resident + " " + (heap.totalMemory() - heap.freeMemory()) + " " + descriptors.count());
        }
    }

    private static void connect(String host, int port, int count) throws Exception {
        try (var runtime = Runtime.open()) {
            var client = new Client(runtime, new InetSocketAddress(host, port), count);
            System.out.println(0);
            for (String command; (command = IO.readln()) != null; ) {
                switch (command) {
                    case "warm" -> client.warm();
                    case "connect" -> client.open();
                    case "echo" -> client.echo();
                    default -> answerMemory();
                }
            }
        }
    }

    /** The connections of one process. The task of each waits in readLine. */
    private static final class Client {
        private static final ConnectOptions OPTIONS =
                ConnectOptions.DEFAULT.withLimits(LIMITS).withTimeout(Duration.ofMinutes(1));

        private final Runtime runtime;
        private final SocketAddress server;
        private final int count;
        private final List<Connection> connections = Collections.synchronizedList(new ArrayList<>());
        private final Semaphore connecting = new Semaphore(256);
        private final Semaphore echoes = new Semaphore(0);
        private final AtomicInteger failures = new AtomicInteger();

        Client(Runtime runtime, SocketAddress server, int count) {
            this.runtime = runtime;
            this.server = server;
            this.count = count;
        }

        /**
         * The stack of a thread that has waited in interpreted code stays large for as long as the thread
         * lives.
         */
        void warm() throws InterruptedException, ExecutionException {
            for (int i = 0; i < WARM_UP; i++) {
                runtime.start(() -> {
                    try (var connection = runtime.connect(server, OPTIONS)) {
                        connection.writeLine("hello");
                        connection.requireLine();
                    }
                }).join();
            }
            System.out.println(WARM_UP);
        }

        void open() throws InterruptedException {
            for (int i = 0; i < count; i++) {
                connecting.acquire();
                runtime.start(this::serve);
            }
            connecting.acquire(256);
            echoes.acquire(connections.size());
            System.out.println(connections.size() + " " + failures);
        }

        private void serve() throws InterruptedException {
            try (var connection = connectOne()) {
                while (connection.readLine() != null) echoes.release();
            } catch (IOException e) {
                if (failures.getAndIncrement() == 0) System.err.println(e);
            }
        }

        private Connection connectOne() throws IOException, InterruptedException {
            try {
                var connection = runtime.connect(server, OPTIONS);
                connection.writeLine("hello");
                connections.add(connection);
                return connection;
            } finally {
                connecting.release();
            }
        }

        void echo() throws IOException, InterruptedException {
            for (Connection each : connections) each.writeLine("hello again");
            echoes.acquire(connections.size());
            System.out.println(connections.size());
        }
    }
}
