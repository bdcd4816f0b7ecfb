package io.loomline.observe.live;

import io.loomline.concurrent.Threads;
import io.loomline.log.Json;
import io.loomline.log.LogText;
import io.loomline.log.Loggers;
import io.loomline.server.Server;
import io.loomline.server.ShutdownReport;

import org.slf4j.Logger;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;

/** Shuts servers down at the same time, as a signal does. */
public final class ServersDrain {
    private static final Logger LOG = Loggers.of(ServersDrain.class);

    private ServersDrain() {}

    /**
     * How the connections of a server have ended.
     *
     * @param text one line
     */
    public record Drained(String text, int finished, int cancelled, int aborted) {
        String toJson() {
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
     * @param asker who asks for it, for the log
     * @return how each has ended
     */
    public static List<Drained> run(List<Server> servers, Duration grace, String asker) {
        var reports = new ConcurrentLinkedQueue<Drained>();
        LOG.info("the {} asks for it: shutting down within {}: {}", asker, grace, servers);
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

    /** A line for each; or that there was none. */
    public static String describe(List<Drained> drained) {
        if (drained.isEmpty()) return "no server is open" + System.lineSeparator();
        return drained.stream()
                .map(each -> each.text() + System.lineSeparator())
                .collect(Collectors.joining());
    }

    private static Drained shutDown(Server server, Duration grace) {
        String address = LogText.of(server.localAddress().toString());
        try {
            ShutdownReport report = server.shutdown(grace);
            String all = report.toString();
            return new Drained(
                    address + ": " + all.lines().findFirst().orElse(all),
                    report.finished(),
                    report.cancelled(),
                    report.aborted());
        } catch (InterruptedException | RuntimeException e) {
            LOG.warn("{} was not shut down properly", server, e);
            return new Drained(address + ": not shut down properly: " + LogText.of(e), 0, 0, 0);
        }
    }
}
