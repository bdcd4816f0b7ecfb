package io.loomline;

import io.loomline.concurrent.Threads;
import io.loomline.log.Loggers;
import io.loomline.server.Server;
import io.loomline.server.ShutdownReport;

import org.slf4j.Logger;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Shuts all servers of a program down at the same time, and logs how their connections ended. */
final class ServerDrain {
    private static final Logger LOG = Loggers.of(ServerDrain.class);

    private ServerDrain() {}

    /**
     * Returns when all servers are down. <i>Blocks.</i>
     *
     * @param cause why, for the log
     */
    static void run(String cause, List<Server> servers, Duration grace)
            throws InterruptedException {
        LOG.info("{}: shutting down within {}: {}", cause, grace, servers);
        // platform threads, because handlers may hold all carriers
        List<CompletableFuture<Void>> others =
                servers.stream()
                        .skip(1)
                        .map(each ->
                                CompletableFuture.runAsync(
                                        () -> shutDown(each, grace), ServerDrain::start))
                        .toList();
        shutDown(servers.getFirst(), grace);
        others.forEach(CompletableFuture::join);
    }

    private static void start(Runnable body) {
        Threads.daemon("loomline-drain", body).start();
    }

    private static void shutDown(Server server, Duration grace) {
        try {
            log(server, server.shutdown(grace));
        } catch (InterruptedException | RuntimeException e) {
            LOG.warn("{} was not shut down properly", server, e);
        }
    }

    private static void log(Server server, ShutdownReport report) {
        LOG.info("{} is shut down: {}", server, report);
    }
}
