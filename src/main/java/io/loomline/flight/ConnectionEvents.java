package io.loomline.flight;

import org.jspecify.annotations.Nullable;

import java.net.SocketAddress;

/** The events of connections. No method throws. */
public final class ConnectionEvents {
    private ConnectionEvents() {}

    /** Whether waits for input are recorded. Allocates nothing. */
    public static boolean areReadWaitsOn() {
        return Flight.IS_AVAILABLE && ReadWaitEvent.PROBE.isEnabled();
    }

    /** Whether waits for output are recorded. Allocates nothing. */
    public static boolean areWriteWaitsOn() {
        return Flight.IS_AVAILABLE && WriteWaitEvent.PROBE.isEnabled();
    }

    /** Begins a wait for input, after {@link #areReadWaitsOn}. */
    public static Span readWait() {
        var event = new ReadWaitEvent();
        event.begin();
        return event;
    }

    /** Begins a wait for output, after {@link #areWriteWaitsOn}. */
    public static Span writeWait() {
        var event = new WriteWaitEvent();
        event.begin();
        return event;
    }

    /** Begins a connect; null if it is not recorded. */
    public static @Nullable Span connect() {
        if (!Flight.IS_AVAILABLE || !ConnectEvent.PROBE.isEnabled()) return null;
        var event = new ConnectEvent();
        event.begin();
        return event;
    }

    /** Begins a handshake; null if it is not recorded. */
    public static @Nullable HandshakeSpan handshake() {
        if (!Flight.IS_AVAILABLE || !HandshakeEvent.PROBE.isEnabled()) return null;
        var event = new HandshakeEvent();
        event.begin();
        return event;
    }

    /** Whether closes are recorded. */
    public static boolean areClosesOn() {
        return Flight.IS_AVAILABLE && CloseEvent.PROBE.isEnabled();
    }

    /** Records a close, after {@link #areClosesOn}. */
    public static void close(SocketAddress remote, String reason, long read, long written) {
        try {
            var event = new CloseEvent();
            event.remoteAddress = Flight.text(remote);
            event.reason = reason;
            event.bytesRead = read;
            event.bytesWritten = written;
            event.commit();
        } catch (Throwable e) {
            Flight.drop(e);
        }
    }
}
