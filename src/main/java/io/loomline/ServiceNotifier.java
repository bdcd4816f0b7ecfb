package io.loomline;

import io.loomline.driver.epoll.EpollDriver;
import io.loomline.driver.epoll.ServiceNotification;
import io.loomline.log.ErrorText;
import io.loomline.log.Loggers;

import org.slf4j.Logger;

import java.util.concurrent.atomic.AtomicReference;

/**
 * Tells the service manager about the state of the program, if the environment variable {@code
 * NOTIFY_SOCKET} names its socket. The service manager of a unit with {@code Type=notify} waits for
 * that. Nothing here throws: a program runs without a service manager too.
 *
 * <p><i>Source:</i> <a href="https://man7.org/linux/man-pages/man3/sd_notify.3.html">sd_notify(3)
 * </a>: "READY=1 Tells the service manager that service startup is finished" and "STOPPING=1 Tells
 * the service manager that the service is beginning its shutdown."
 */
final class ServiceNotifier {
    private static final Logger LOG = Loggers.of(ServiceNotifier.class);

    /**
     * What the service manager was told.
     *
     * <pre>
     *   starting ──ready──▶ ready ──stopping──▶ stopping
     *       └────────────────stopping──────────────┘
     * </pre>
     */
    private enum State {
        STARTING,
        READY,
        STOPPING
    }

    private static final AtomicReference<State> STATE = new AtomicReference<>(State.STARTING);

    private ServiceNotifier() {}

    /** Announces that the program serves. Only the first call has an effect. */
    static void ready() {
        if (STATE.compareAndSet(State.STARTING, State.READY)) send("READY=1");
    }

    /** Announces that the program ends. Only the first call has an effect. */
    static void stopping() {
        if (STATE.getAndSet(State.STOPPING) != State.STOPPING) send("STOPPING=1");
    }

    private static void send(String state) {
        try {
            String socket = System.getenv("NOTIFY_SOCKET");
            if (socket == null || socket.isEmpty()) return;
            String lack = EpollDriver.lack();
            if (lack == null) ServiceNotification.send(socket, state);
            else LOG.debug("the service manager cannot be told {}: {}", state, lack);
        } catch (Throwable e) {
            logFailure(state, e);
        }
    }

    private static void logFailure(String state, Throwable e) {
        try {
            LOG.warn("the service manager cannot be told {}: {}", state, ErrorText.of(e));
        } catch (Throwable unlogged) {
            // the program must not end for this
        }
    }
}
