package io.loomline.observe;

import io.loomline.log.LogText;
import io.loomline.net.ConnectionHandler;
import io.loomline.task.Task;

import org.slf4j.MDC;

import java.util.Objects;

/**
 * Names the task and the peer in the log lines of a handler, through the {@link MDC} of slf4j.
 *
 * {@snippet lang=java :
 * runtime.listen(7000, LogContext.around(this::communicate));
 * }
 */
public final class LogContext {
    /** The key of the task's name. */
    public static final String TASK = "task";

    /** The key of the task's id, which {@link TaskTree} has too. */
    public static final String TASK_ID = "task.id";

    /** The key of the peer's address. */
    public static final String PEER = "peer";

    /** The key of the address at which the connection was accepted. */
    public static final String LOCAL = "local";

    private LogContext() {}

    /**
     * A handler that sets the keys of this class while it runs. The values are escaped. Tasks that
     * it starts have them too if the runtime has {@link io.loomline.task.ContextCarrier#mdc()}.
     *
     * @param handler the handler
     * @return the handler with the keys
     */
    public static ConnectionHandler around(ConnectionHandler handler) {
        Objects.requireNonNull(handler, "handler");
        return connection -> {
            Task<?> task = Task.current();
            try (var _ = MDC.putCloseable(TASK, LogText.of(task.name()));
                    var _ = MDC.putCloseable(TASK_ID, Long.toString(task.id()));
                    var _ =
                            MDC.putCloseable(
                                    PEER, LogText.of(connection.remoteAddress().toString()));
                    var _ =
                            MDC.putCloseable(
                                    LOCAL, LogText.of(connection.localAddress().toString()))) {
                handler.handle(connection);
            }
        };
    }
}
