package io.loomline.server.drain;

import static java.util.stream.Collectors.joining;

import io.loomline.concurrent.Threads;
import io.loomline.log.Json;
import io.loomline.log.LogText;
import io.loomline.log.Loggers;
import io.loomline.server.Server;
import io.loomline.server.ShutdownOptions;
import io.loomline.server.ShutdownReport;
import io.loomline.server.ShutdownReport.Straggler;

import org.slf4j.Logger;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Shuts servers down at the same time, and tells how their connections ended. */
public final class ServersDrain {
    private static final Logger LOG = Loggers.of(ServersDrain.class);

    /** How many connections are described that had to be cancelled or reset. */
    private static final int MOST_LOGGED = 10;

    private ServersDrain() {}

    /**
     * How the connections of a server have ended.
     *
     * @param text one line
     */
    public record Drained(String text, int finished, int cancelled, int aborted) {
        public String toJson() {
            return new Json()
                    .beginObject()
                    .member("finished", finished)
                    .member("cancelled", cancelled)
                    .member("aborted", aborted)
                    .endObject()
                    .toString();
        }
    }

    /**
     * Returns when all servers are down. <i>Blocks.</i>
     *
     * @param cause why, for the log
     * @return how each has ended
     */
    public static List<Drained> run(String cause, List<Server> servers, ShutdownOptions options) {
        var drained = new ConcurrentLinkedQueue<Drained>();
        // platform threads, because handlers may hold all carriers
        List<Thread> threads = new ArrayList<>();
        for (Server each : servers) {
            Thread thread =
                    Threads.daemon("loomline-drain", () -> drained.add(shutDown(each, options)));
            thread.start();
            threads.add(thread);
        }
        // only now: the first log line of a program may take longer than the listeners need
        LOG.info("{}: shutting down within {}: {}", cause, options.grace(), servers);
        threads.forEach(Threads::joinUninterruptibly);
        return List.copyOf(drained);
    }

    /** A line for each; or that there was none. */
    public static String describe(List<Drained> drained) {
        if (drained.isEmpty()) return "no server is open" + System.lineSeparator();
        return drained.stream()
                .map(each -> each.text() + System.lineSeparator())
                .collect(joining());
    }

    private static Drained shutDown(Server server, ShutdownOptions options) {
        String address = LogText.of(server.localAddress().toString());
        try {
            ShutdownReport report = server.shutdown(options);
            log(server, report, options.grace());
            return new Drained(
                    address + ": " + numbers(report),
                    report.finished(),
                    report.cancelled(),
                    report.aborted());
        } catch (InterruptedException | RuntimeException e) {
            LOG.warn("{} was not shut down properly", server, e);
            return new Drained(address + ": not shut down properly: " + LogText.of(e), 0, 0, 0);
        }
    }

    private static String numbers(ShutdownReport report) {
        return report.toString().lines().findFirst().orElseThrow();
    }

    private static void log(Server server, ShutdownReport report, Duration grace) {
        List<Straggler> stragglers = report.stragglers();
        LOG.info("the server at {} is shut down: {}", server.localAddress(), numbers(report));
        if (stragglers.isEmpty()) return;
        String most =
                stragglers.stream()
                        .limit(MOST_LOGGED)
                        .map(each -> System.lineSeparator() + "  " + each)
                        .collect(joining());
        LOG.warn(
                "connections to {} that had not ended within {}: {}{}",
                server.localAddress(),
                grace,
                report.cancelled() + report.aborted(),
                most);
    }
}
