package io.loomline.flight;

import org.jspecify.annotations.Nullable;

import java.net.SocketAddress;

/** An event that takes time, and has begun. */
public interface Span {
    /** Ends and records the event. Never throws. */
    void end(SocketAddress remote, @Nullable Throwable failure);
}
