import io.loomline.Runtime;
import io.loomline.connect.ConnectFailedException;
import io.loomline.connect.ConnectOptions;
import io.loomline.net.Connection;
import io.loomline.task.Deadline;
import io.loomline.task.GroupOptions;
import io.loomline.task.Task;



import io.loomline.task.GroupOptions.Policy;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * Connects to thousands of ports, so many at a time, with a time limit for each, and lists who
 * answers. Without arguments it looks at this machine, and starts three servers to be found; give
 * it only hosts that are yours to look at.
 *
 *   PortScan [host] [first port] [last port] [at a time]
 */
public class PortScan {
    static final ConnectOptions OPTIONS =
            ConnectOptions.DEFAULT.withTimeout(Duration.ofMillis(500));
    static final Duration PATIENCE_FOR_A_BANNER = Duration.ofMillis(200);
    static final int BAR = 40;

    enum State { OPEN, CLOSED, SILENT }

    record Answer(int port, State state, Duration took, String banner) {}

    static final AtomicInteger asked = new AtomicInteger();

    public static void main(String[] args) throws Exception {
        String host = args.length > 0 ? args[0] : "127.0.0.1";
        int first = args.length > 1 ? Integer.parseInt(args[1]) : 1;
        int last = args.length > 2 ? Integer.parseInt(args[2]) : 9_999;
        int atATime = args.length > 3 ? Integer.parseInt(args[3]) : 500;
        Runtime.run(runtime -> {
            var ports = new ArrayList<>(IntStream.rangeClosed(first, last).boxed().toList());
            if (args.length == 0) ports.addAll(startServers(runtime));

            Task<Void> bar = runtime.start("bar", () -> showProgress(ports.size()));
            long started = System.nanoTime();
            List<Answer> answers = scan(runtime, host, ports, atATime);
            Duration took = Duration.ofNanos(System.nanoTime() - started);
            bar.cancelAndJoin();
            report(host, answers, took);
            return null;
        });
    }

    static List<Integer> startServers(Runtime runtime) throws IOException {
        List<Integer> ports = new ArrayList<>();
        for (String banner : List.of("220 mail ready", "SSH-2.0-loomline", "")) {
            var server = runtime.listen(0, connection -> {
                if (!banner.isEmpty()) connection.writeLine(banner);
                connection.readLine();
            });
            ports.add(server.port());
        }
        return ports;
    }

    static List<Answer> scan(Runtime runtime, String host, List<Integer> ports, int atATime)
            throws Exception {
        var bodies = ports.stream()
                .<Callable<Answer>>map(port -> () -> ask(runtime, host, port))
                .toList();
        var options = GroupOptions.DEFAULT
                .withName("ports")
                .withPolicy(Policy.FAIL_FAST) // what no port is to blame for ends the scan
                .withLimit(atATime);
        try (var group = runtime.group(options)) {
            return group.gather(bodies);
        }
    }

    static Answer ask(Runtime runtime, String host, int port) throws Exception {
        long started = System.nanoTime();
        State state;
        String banner = "";
        try (var connection = runtime.connect(host, port, OPTIONS)) {
            state = State.OPEN;
            banner = bannerOf(connection);
        } catch (ConnectFailedException e) {
            if (!e.getMessage().contains("refused")) throw e;
            state = State.CLOSED;
        } catch (SocketTimeoutException e) {
            state = State.SILENT;
        } finally {
            asked.incrementAndGet();
        }
        return new Answer(port, state, Duration.ofNanos(System.nanoTime() - started), banner);
    }

    /** The first line that the server says by itself, without what could harm a terminal. */
    static String bannerOf(Connection connection) throws InterruptedException {
        try {
            String line = Deadline.after(PATIENCE_FOR_A_BANNER).call(connection::readLine);
            return line == null ? "" : line.replaceAll("[^ -~]", "?");
        } catch (TimeoutException | IOException e) {
            return "";
        }
    }

    static void showProgress(int all) throws InterruptedException {
        try {
            while (true) {
                showBar(all);
                Task.sleep(Duration.ofMillis(50));
            }
        } finally {
            showBar(all);
            System.out.println();
        }
    }

    static void showBar(int all) {
        int done = asked.get();
        int full = BAR * done / Math.max(1, all);
        System.out.printf(
                "\r[%s%s] %,d of %,d", "#".repeat(full), ".".repeat(BAR - full), done, all);
    }

    static void report(String host, List<Answer> answers, Duration took) {
        System.out.printf("%-8s %8s  %s%n", "port", "ms", "says");
        for (var answer : answers) {
            if (answer.state() != State.OPEN) continue;
            System.out.printf(
                    "%-8d %8d  %s%n", answer.port(), answer.took().toMillis(), answer.banner());
        }
        System.out.printf(
                "%s: %,d open, %,d closed, %,d silent; %,d ports in %.1f s%n",
                host,
                count(answers, State.OPEN),
                count(answers, State.CLOSED),
                count(answers, State.SILENT),
                answers.size(),
                took.toMillis() / 1000.0);
    }

    static long count(List<Answer> answers, State state) {
        return answers.stream().filter(answer -> answer.state() == state).count();
    }
}
