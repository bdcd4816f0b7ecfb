import io.loomline.Runtime;
import io.loomline.net.Connection;
import io.loomline.server.Server;
import io.loomline.server.ShutdownReport;
import io.loomline.task.Shield;
import io.loomline.task.Task;
import io.loomline.task.TaskGroup;



import com.sun.management.UnixOperatingSystemMXBean;


import java.io.Console;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;

/**
 * Thousands of connections at once, each one a few sequential lines of code: an echo server and, in
 * the same process, its clients. First all of them connect, then all talk and check every echo.
 *
 * <pre>
 *   mvn -q -Dsample=EchoServer
 *   mvn -q -Dsample=EchoServer -Dargs="--connections 9000 --lines 100"
 *   mvn -q -Dsample=EchoServer -Dargs="--serve --port 7000"      only serves, until Ctrl-C
 * </pre>
 *
 * Exit code: 0 if every line came back as it was sent, 1 if not, 2 if the arguments are no good; 130 after Ctrl-C and
 * 143 after SIGTERM, if that ended it early.
 */
final class EchoServer {
    private static final Duration GRACE = Duration.ofSeconds(5);

    public static void main(String[] arguments) throws Exception {
        System.exit(run(arguments));
    }

    private static int run(String[] arguments) throws Exception {
        Options options;
        try {
            options = Options.parse(arguments);
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage() + "\n" + Options.USAGE);
            return 2;
        }
        try {
            return Runtime.run(runtime -> run(runtime, options));
        } catch (IOException e) { // such as a port that is taken
            System.err.println(e.getMessage());
            return 1;
        }
    }

    private static int run(Runtime runtime, Options options) throws Exception {
        try (Server server = runtime.listen(options.port(), EchoServer::echo)) {
            return options.serve()
                    ? serve(server)
                    : new Clients(runtime, server, options).run();
        }
    }

    /** The server's side of a connection, from beginning to end; each runs in a task of its own. */
    private static void echo(Connection connection) throws Exception {
        String line;
        while ((line = connection.readLine()) != null) connection.writeLine(line);
    }

    private static int serve(Server server) throws InterruptedException {
        say("echoing at port %d; Ctrl-C ends%n", server.port());
        try {
            server.await();
        } catch (InterruptedException e) {
            say("%nup to 5 s for %d connections to end%n", server.connectionCount());
            // Ctrl-C has cancelled this task, so its waits are over; a shield lets it wait.
            ShutdownReport report =
                    Shield.call(Duration.ofSeconds(10), () -> server.shutdown(GRACE));
            String ends = "%d ended by themselves, %d were cancelled, %d were reset%n";
            say(ends, report.finished(), report.cancelled(), report.aborted());
        }
        return 0;
    }

    private static void say(String format, Object... values) {
        System.out.print(String.format(Locale.ROOT, format, values));
    }

    /** The clients, a task each, and the task that shows how they get on. */
    private static final class Clients {
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
                List<Integer> intact = group.gather(bodies());
                progress.cancelAndJoin();
                return summarize(intact, connected.join());
            }
        }

        private List<Callable<Integer>> bodies() {
            return IntStream.range(0, options.connections())
                    .<Callable<Integer>>mapToObj(number -> () -> talk(number))
                    .toList();
        }

        /** One client, from beginning to end; how many of its lines came back intact. */
        private int talk(int number) throws InterruptedException {
            int intact = 0;
            try (Connection connection = connect()) {
                connecting.await(); // until the others have done so, too
                for (; intact < options.lines(); intact++) {
                    String line = "client " + number + ", line " + intact;
                    connection.writeLine(line);
                    String echo = connection.readLine();
                    if (!line.equals(echo)) {
                        throw new IOException("'" + line + "' came back as '" + echo + "'");
                    }
                    echoes.increment();
                }
            } catch (IOException e) {
                failures.add(e.getMessage());
            }
            return intact;
        }

        private Connection connect() throws IOException, InterruptedException {
            try {
                return runtime.connect(server.localAddress());
            } finally {
                connecting.countDown(); // after a failure, too: the others wait for it
            }
        }

        private double secondsToConnect() throws InterruptedException {
            connecting.await();
            return seconds();
        }

        private double seconds() {
            return (System.nanoTime() - start) / 1e9;
        }

        /** Runs until it is cancelled: a loop that sleeps is all that a periodic job needs. */
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
                say(format, server.connectionCount(), Math.round(rate), failures.size());
                before = now;
                echoesBefore = sum;
            }
        }

        private int summarize(List<Integer> intact, double connectSeconds) {
            long wanted = (long) options.connections() * options.lines();
            long got = intact.stream().mapToLong(Integer::longValue).sum();
            double talkSeconds = seconds() - connectSeconds;
            say("%n%,d clients connected in %.1f s, ", options.connections(), connectSeconds);
            say("%,d failed%n%,d lines echoed in %.1f s, ", failures.size(), got, talkSeconds);
            say("%,.0f per second, %,d lost or wrong%n", got / talkSeconds, wanted - got);
            if (!failures.isEmpty()) say("the first failure: %s%n", failures.getFirst());
            return got == wanted ? 0 : 1;
        }
    }

    /** What the arguments say. */
    private record Options(boolean serve, int port, int connections, int lines) {
        static final String USAGE =
                "usage: EchoServer [--connections N] [--lines N] [--port N] | --serve [--port N]";

        /** The JVM's own files, and the selector's. */
        private static final int DESCRIPTORS_FOR_THE_REST = 200;

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
            if (!serve) requireDescriptorsFor(connections);
            return new Options(serve, port, connections, lines);
        }

        private static int number(String name, Iterator<String> rest, int lowest, int highest) {
            String value = rest.hasNext() ? rest.next() : "nothing";
            try {
                int number = Integer.parseInt(value);
                if (number >= lowest && number <= highest) return number;
            } catch (NumberFormatException e) {
                // said below, as for a number that is out of range
            }
            throw new IllegalArgumentException(
                    name + ": a number from " + lowest + " to " + highest + ", not " + value);
        }

        /** Both ends of a connection are in this process, so each takes two descriptors. */
        private static void requireDescriptorsFor(int connections) {
            var system = ManagementFactory.getOperatingSystemMXBean();
            if (!(system instanceof UnixOperatingSystemMXBean unix)) return;
            long limit = unix.getMaxFileDescriptorCount();
            long fit = Math.max(0, (limit - DESCRIPTORS_FOR_THE_REST) / 2);
            if (connections > fit) {
                throw new IllegalArgumentException(
                        "--connections: the limit of %d descriptors (ulimit -n) holds %d, not %d"
                                .formatted(limit, fit, connections));
            }
        }
    }
}
