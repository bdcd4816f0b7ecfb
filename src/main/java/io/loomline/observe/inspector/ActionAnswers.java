package io.loomline.observe.inspector;

import io.loomline.concurrent.Threads;
import io.loomline.log.Loggers;
import io.loomline.observe.live.ObservedRuntime;
import io.loomline.server.Server;
import io.loomline.server.ShutdownOptions;
import io.loomline.server.drain.ServersDrain;

import org.slf4j.Logger;

import java.time.Duration;
import java.util.List;
import java.util.Set;

/** Answers the requests that have an effect. Their token was checked. */
final class ActionAnswers {
    private static final Logger LOG = Loggers.of(ActionAnswers.class);
    private static final String ASKED = "the inspector asks for it";
    private static final int ACCEPTED = 202;
    private static final int DEFAULT_GRACE_SECONDS = 15;
    private static final int MOST_GRACE_SECONDS = 3_600;
    private static final Set<String> PATHS = Set.of("/api/cancel", "/api/drain", "/api/record");

    private final ObservedRuntime runtime;

    ActionAnswers(ObservedRuntime runtime) {
        this.runtime = runtime;
    }

    static boolean has(String path) {
        return PATHS.contains(path);
    }

    Answer answer(String path, Query query) throws Refusal {
        return switch (path) {
            case "/api/cancel" -> cancel(query);
            case "/api/record" -> record(query);
            default -> drain(query);
        };
    }

    private Answer cancel(Query query) throws Refusal {
        int cancelled = 0;
        for (long id : query.ids()) {
            if (runtime.cancel(id, "cancelled in the inspector")) {
                LOG.info("the inspector has cancelled task {}", id);
                cancelled++;
            }
        }
        if (cancelled == 0) {
            throw new Refusal(Refusal.NOT_FOUND, "no such task runs, or it was cancelled before");
        }
        return Answer.json("{\"cancelled\":" + cancelled + "}");
    }

    private Answer record(Query query) throws Refusal {
        boolean on = query.flag("on");
        runtime.recordOperations(on);
        LOG.info("the inspector has switched the recording of operations {}", on ? "on" : "off");
        return Answer.json("{\"recording\":" + on + "}");
    }

    /** Does not wait for the connections: the page shows them. */
    private Answer drain(Query query) throws Refusal {
        String name = query.text("server");
        int grace = query.number("seconds", DEFAULT_GRACE_SECONDS, MOST_GRACE_SECONDS);
        List<Server> servers =
                runtime.openServers().values().stream()
                        .filter(each -> name == null || each.localAddress().toString().equals(name))
                        .toList();
        if (servers.isEmpty()) throw new Refusal(Refusal.NOT_FOUND, "no such server is open");
        Threads.daemon(
                        "loomline-inspector-drain",
                        () ->
                                ServersDrain.run(
                                        ASKED,
                                        servers,
                                        ShutdownOptions.within(Duration.ofSeconds(grace))))
                .start();
        return Answer.json(ACCEPTED, "{\"draining\":" + servers.size() + "}");
    }
}
