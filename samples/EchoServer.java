import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.RuntimeOptions.Carriers;
import io.loomline.net.Connection;
import io.loomline.server.Server;
import io.loomline.task.Task;
import io.loomline.task.TaskGroup;

import com.sun.management.UnixOperatingSystemMXBean;

import java.lang.management.ManagementFactory;

// Thousands of connections at once, each one a few lines of sequential code: an echo server and its
// clients in one process. First all clients connect; then they send lines and check every echo.
//
//   mvn -q -Dsample=EchoServer
//   mvn -q -Dsample=EchoServer -Dargs="--connections 9000 --lines 100"
//   mvn -q -Dsample=EchoServer -Dargs="--serve --port 7000"      serves until Ctrl-C
//
// Exit code: 0 if every echo was right, 1 if not, 2 if the arguments are wrong; 130 after Ctrl-C
// and 143 after SIGTERM. With --serve, a signal is the normal end: the exit code is 0.

void main(String[] arguments) throws Exception {
    System.exit(run(arguments));
}

int run(String[] arguments) throws Exception {
    Options options;
    try {
        options = Options.parse(arguments);
    } catch (IllegalArgumentException e) {
        System.err.println(e.getMessage() + "\n" + Options.USAGE);
        return 2;
    }
    try {
        Duration grace = options.serve() ? Duration.ofSeconds(5) : Duration.ZERO;
        return Runtime.run(
                RuntimeOptions.DEFAULT.withCarriers(Carriers.ADAPTIVE).withShutdownGrace(grace),
                runtime -> run(runtime, options));
    } catch (IOException e) { // for example, the port is in use
        System.err.println(e.getMessage());
        return 1;
    }
}

int run(Runtime runtime, Options options) throws Exception {
    try (Server server = runtime.listen(options.port(), this::echo)) {
        return options.serve() ? serve(server) : new Clients(runtime, server, options).run();
    }
}

/** Serves one connection from start to end, in a task of its own. */
void echo(Connection connection) throws Exception {
    String line;
    while ((line = connection.readLine()) != null) connection.writeLine(line);
}

/** A signal shuts the server down: then the wait is over. Connections have 5 s to end. */
int serve(Server server) throws InterruptedException {
    print("listening on port %d; Ctrl-C stops%n", server.port());
    server.await();
    return 0;
}

static void print(String format, Object... values) {
    System.out.print(String.format(Locale.ROOT, format, values));
}

/** The clients, one task each, and a task that shows their progress. */
static final class Clients {
    private final Runtime runtime;
    private final Server server;
    private final Options options;
    private final long start = System.nanoTime();
    private final CountDownLatch connecting;
    private final LongAdder echoes = new LongAdder();
    private final List<String> failures = Collections.synchronizedList(new ArrayList<>());

    Clients(Runtime runtime, Server server, Options options) {
        this.runtime = runtime;
        this.server = server;
        this.options = options;
        this.connecting = new CountDownLatch(options.connections());
    }

    int run() throws Exception {
        server.maxConnections(options.connections());
        try (TaskGroup group = runtime.group()) {
            Task<Void> progress = group.start("progress", this::showProgress);
            Task<Double> connected = group.start("connected", this::secondsToConnect);
            List<Callable<Integer>> clients = new ArrayList<>();
            for (int i = 0; i < options.connections(); i++) {
                int number = i;
                clients.add(() -> talk(number));
            }
            List<Integer> correct = group.gather(clients);
            progress.cancelAndJoin();
            return summarize(correct, connected.join());
        }
    }

    /** One client from start to end; returns the number of correct echoes. */
    private int talk(int number) throws InterruptedException {
        int correct = 0;
        try (Connection connection = connect()) {
            connecting.await(); // until all clients have connected
            for (; correct < options.lines(); correct++) {
                String line = "client " + number + ", line " + correct;
                connection.writeLine(line);
                String echo = connection.readLine();
                if (!line.equals(echo)) {
                    throw new IOException("the echo of '" + line + "' was '" + echo + "'");
                }
                echoes.increment();
            }
        } catch (IOException e) {
            failures.add(e.getMessage());
        }
        return correct;
    }

    private Connection connect() throws IOException, InterruptedException {
        try {
            return runtime.connect(server.localAddress());
        } finally {
            connecting.countDown(); // even after a failure, because the other clients wait
        }
    }

    private double secondsToConnect() throws InterruptedException {
        connecting.await();
        return seconds();
    }

    private double seconds() {
        return (System.nanoTime() - start) / 1e9;
    }

    /** Runs until it is cancelled. A periodic job is a loop that sleeps. */
    private void showProgress() throws InterruptedException {
        boolean live = System.console() instanceof Console console && console.isTerminal();
        String line = "%,7d connections open %,11d lines per second %,7d failures";
        String format = live ? "\r" + line : line + "%n";
        double before = seconds();
        long echoesBefore = 0;
        while (true) {
            Task.sleep(Duration.ofMillis(live ? 100 : 1000));
            double now = seconds();
            long sum = echoes.sum();
            double rate = (sum - echoesBefore) / (now - before);
            print(format, server.connectionCount(), Math.round(rate), failures.size());
            before = now;
            echoesBefore = sum;
        }
    }

    private int summarize(List<Integer> correct, double connectSeconds) {
        long sent = (long) options.connections() * options.lines();
        long echoed = correct.stream().mapToLong(Integer::longValue).sum();
        double talkSeconds = seconds() - connectSeconds;
        print("%n%,d clients connected in %.1f s, ", options.connections(), connectSeconds);
        print("%,d failed%n%,d lines echoed in %.1f s, ", failures.size(), echoed, talkSeconds);
        print("%,.0f per second, %,d missing or wrong%n", echoed / talkSeconds, sent - echoed);
        if (!failures.isEmpty()) print("first failure: %s%n", failures.getFirst());
        return echoed == sent ? 0 : 1;
    }
}

/** The parsed arguments. */
record Options(boolean serve, int port, int connections, int lines) {
    static final String USAGE =
            "usage: EchoServer [--connections N] [--lines N] [--port N] | --serve [--port N]";

    /** The descriptors of the JVM and of the selector. */
    private static final int OTHER_DESCRIPTORS = 200;

    static Options parse(String[] arguments) {
        boolean serve = false;
        int port = 0;
        int connections = 2000;
        int lines = 100;
        for (Iterator<String> rest = List.of(arguments).iterator(); rest.hasNext(); ) {
            String name = rest.next();
            switch (name) {
                case "--serve" -> serve = true;
                case "--port" -> port = number(name, rest, 0, 65_535);
                case "--connections" -> connections = number(name, rest, 1, 1_000_000);
                case "--lines" -> lines = number(name, rest, 1, 1_000_000);
                default -> throw new IllegalArgumentException("unknown argument: " + name);
            }
        }
        if (!serve) requireDescriptors(connections);
        return new Options(serve, port, connections, lines);
    }

    private static int number(String name, Iterator<String> rest, int min, int max) {
        String value = rest.hasNext() ? rest.next() : "";
        try {
            int number = Integer.parseInt(value);
            if (number >= min && number <= max) return number;
        } catch (NumberFormatException e) {
            // reported below, like a number that is out of range
        }
        String given = value.isEmpty() ? name : name + " " + value;
        throw new IllegalArgumentException(
                given + ": expected a number from " + min + " to " + max);
    }

    /** Both ends of a connection are in this process, so it needs two descriptors. */
    private static void requireDescriptors(int connections) {
        var system = ManagementFactory.getOperatingSystemMXBean();
        if (!(system instanceof UnixOperatingSystemMXBean unix)) return;
        long limit = unix.getMaxFileDescriptorCount();
        long max = Math.max(0, (limit - OTHER_DESCRIPTORS) / 2);
        if (connections > max) {
            throw new IllegalArgumentException(
                    "--connections %d: the limit of %d descriptors (ulimit -n) allows %d"
                            .formatted(connections, limit, max));
        }
    }
}
