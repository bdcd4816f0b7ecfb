package io.loomline.observe.live;

import io.loomline.concurrent.Threads;
import io.loomline.server.Server;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Shuts servers down at the same time, as a signal does. */
final class ServersDrain {
    private ServersDrain() {}

    /**
     * Returns when all servers are down. <i>Blocks.</i>
     *
     * @return how each has ended, in one line
     */
    static List<String> run(List<Server> servers, Duration grace) {
        var reports = new ConcurrentLinkedQueue<String>();
        // platform threads, because handlers may hold all carriers
        List<Thread> threads = new ArrayList<>();
        for (Server each : servers) {
            Thread thread =
                    Threads.daemon("loomline-drain", () -> reports.add(shutDown(each, grace)));
            thread.start();
            threads.add(thread);
        }
        threads.forEach(Threads::joinUninterruptibly);
        return List.copyOf(reports);
    }

    private static String shutDown(Server server, Duration grace) {
        try {
            String report = server.shutdown(grace).toString();
            String numbers = report.lines().findFirst().orElse(report);
            return server.localAddress() + ": " + numbers;
        } catch (InterruptedException | RuntimeException e) {
            return server.localAddress() + ": not shut down properly: " + e;
        }
    }
}
