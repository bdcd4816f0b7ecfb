import io.loomline.Runtime;
import io.loomline.connect.ConnectFailedException;
import io.loomline.connect.ConnectOptions;
import io.loomline.net.Connection;
import io.loomline.task.Deadline;
import io.loomline.task.GroupOptions;
import io.loomline.task.Task;

// Connects to thousands of ports, with a limit on concurrent connects and a timeout for each, and
// lists the open ports with their banners. Without arguments it scans this machine, after starting
// three servers. Scan only hosts that you are allowed to scan.
//
//   mvn -q -Dsample=PortScan
//   mvn -q -Dsample=PortScan -Dargs="HOST [FIRST_PORT [LAST_PORT [CONCURRENT]]]"

final ConnectOptions options = ConnectOptions.DEFAULT.withTimeout(Duration.ofMillis(500));
final Duration bannerTimeout = Duration.ofMillis(200);
final AtomicInteger scanned = new AtomicInteger();

enum State {
    OPEN,
    CLOSED,
    SILENT
}

record Result(int port, State state, Duration took, String banner) {}

void main(String[] arguments) throws Exception {
    String host = arguments.length > 0 ? arguments[0] : "127.0.0.1";
    int first = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 1;
    int last = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 9_999;
    int concurrent = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 500;
    Runtime.run(runtime -> {
        var ports = new ArrayList<>(IntStream.rangeClosed(first, last).boxed().toList());
        if (arguments.length == 0) ports.addAll(startServers(runtime));

        Task<Void> progress = runtime.start("progress", () -> showProgress(ports.size()));
        long start = System.nanoTime();
        List<Result> results = scan(runtime, host, ports, concurrent);
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        progress.cancelAndJoin();
        report(host, results, took);
    });
}

List<Integer> startServers(Runtime runtime) throws IOException {
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

List<Result> scan(Runtime runtime, String host, List<Integer> ports, int concurrent)
        throws Exception {
    List<Callable<Result>> bodies = new ArrayList<>();
    for (int port : ports) bodies.add(() -> scan(runtime, host, port));
    // an unexpected failure, such as an unknown host, ends the scan
    try (var group = runtime.group(GroupOptions.DEFAULT.withLimit(concurrent))) {
        return group.gather(bodies);
    }
}

Result scan(Runtime runtime, String host, int port) throws Exception {
    long start = System.nanoTime();
    State state;
    String banner = "";
    try (var connection = runtime.connect(host, port, options)) {
        state = State.OPEN;
        banner = readBanner(connection);
    } catch (ConnectFailedException e) {
        boolean refused = e.attempts().stream().allMatch(each -> each.cause() instanceof ConnectException);
        if (!refused) throw e;
        state = State.CLOSED;
    } catch (SocketTimeoutException e) {
        state = State.SILENT;
    } finally {
        scanned.incrementAndGet();
    }
    return new Result(port, state, Duration.ofNanos(System.nanoTime() - start), banner);
}

/** Returns the first line that the server sends unasked, without control characters. */
String readBanner(Connection connection) throws InterruptedException {
    try {
        String line = Deadline.after(bannerTimeout).call(connection::readLine);
        return line == null ? "" : line.replaceAll("[^ -~]", "?");
    } catch (TimeoutException | IOException e) {
        return "";
    }
}

/** Runs until it is cancelled. */
void showProgress(int ports) throws InterruptedException {
    try {
        while (true) {
            showBar(ports);
            Task.sleep(Duration.ofMillis(50));
        }
    } finally {
        showBar(ports);
        System.out.println();
    }
}

void showBar(int ports) {
    int length = 40;
    int done = scanned.get();
    int full = length * done / Math.max(1, ports);
    String bar = "#".repeat(full) + ".".repeat(length - full);
    System.out.printf("\r[%s] %,d of %,d", bar, done, ports);
}

void report(String host, List<Result> results, Duration took) {
    System.out.printf("%-8s %8s  %s%n", "port", "ms", "banner");
    for (Result result : results) {
        if (result.state() != State.OPEN) continue;
        long millis = result.took().toMillis();
        System.out.printf("%-8d %8d  %s%n", result.port(), millis, result.banner());
    }
    System.out.printf(
            "%s: %,d open, %,d closed, %,d silent; %,d ports in %.1f s%n",
            host,
            count(results, State.OPEN),
            count(results, State.CLOSED),
            count(results, State.SILENT),
            results.size(),
            took.toMillis() / 1000.0);
}

long count(List<Result> results, State state) {
    return results.stream().filter(result -> result.state() == state).count();
}
