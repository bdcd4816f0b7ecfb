package io.loomline;

import static java.util.stream.Collectors.joining;

import io.loomline.concurrent.Threads;
import io.loomline.log.Loggers;
import io.loomline.server.Server;
import io.loomline.server.ShutdownOptions;
import io.loomline.server.ShutdownReport;
import io.loomline.server.ShutdownReport.Straggler;

import org.slf4j.Logger;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Shuts all servers of a program down at the same time, and logs how their connections ended. */
final class ServerDrain {
    private static final Logger LOG = Loggers.of(ServerDrain.class);

    /** How many connections are described that had to be cancelled or reset. */
    private static final int MOST_LOGGED = 10;

    private ServerDrain() {}

    /**
     * Returns when all servers are down. <i>Blocks.</i>
     *
     * @param cause why, for the log
     */
    static void run(String cause, List<Server> servers, ShutdownOptions options) {
        // platform threads, because handlers may hold all carriers
        List<Thread> threads = new ArrayList<>();
        for (Server each : servers) {
            Thread thread = Threads.daemon("loomline-drain", () -> shutDown(each, options));
            thread.start();
            threads.add(thread);
        }
        // only now: the first log line of a program may take longer than the listeners need
        LOG.info("{}: shutting down within {}: {}", cause, options.grace(), servers);
        threads.forEach(Threads::joinUninterruptibly);
    }

    private static void shutDown(Server server, ShutdownOptions options) {
        try {
            log(server, server.shutdown(options), options.grace());
        } catch (InterruptedException | RuntimeException e) {
            LOG.warn("{} was not shut down properly", server, e);
        }
    }

    private static void log(Server server, ShutdownReport report, Duration grace) {
        List<Straggler> stragglers = report.stragglers();
        String numbers = report.toString().lines().findFirst().orElseThrow();
        LOG.info("the server at {} is shut down: {}", server.localAddress(), numbers);
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
