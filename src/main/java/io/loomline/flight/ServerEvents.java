package io.loomline.flight;

import org.jspecify.annotations.Nullable;

import java.net.SocketAddress;

/** The events of servers. No method throws. */
public final class ServerEvents {
    private ServerEvents() {}

    /** Whether accepts are recorded. */
    public static boolean areAcceptsOn() {
        return Flight.IS_AVAILABLE && AcceptEvent.PROBE.isEnabled();
    }

    /** Records an accept, after {@link #areAcceptsOn}. */
    public static void accept(SocketAddress remote, SocketAddress listener) {
        try {
            var event = new AcceptEvent();
            event.remoteAddress = Flight.text(remote);
            event.localAddress = Flight.text(listener);
            event.commit();
        } catch (Throwable e) {
            Flight.drop(e);
        }
    }

    /**
     * Records that a connection was not accepted.
     *
     * @param pauses whether the server pauses; otherwise only one connection was lost
     */
    public static void acceptFailure(SocketAddress listener, Throwable failure, boolean pauses) {
        if (!Flight.IS_AVAILABLE || !AcceptFailureEvent.PROBE.isEnabled()) return;
        try {
            var event = new AcceptFailureEvent();
            event.localAddress = Flight.text(listener);
            event.failure = Flight.text(failure);
            event.pauses = pauses;
            event.commit();
        } catch (Throwable e) {
            Flight.drop(e);
        }
    }

    /** Begins a shutdown; null if it is not recorded. */
    public static @Nullable DrainSpan drain() {
        if (!Flight.IS_AVAILABLE || !DrainEvent.PROBE.isEnabled()) return null;
        var event = new DrainEvent();
        event.begin();
        return event;
    }
}
