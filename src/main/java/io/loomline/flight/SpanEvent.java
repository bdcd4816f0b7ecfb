package io.loomline.flight;

import jdk.jfr.Event;

import org.jspecify.annotations.Nullable;

import java.net.SocketAddress;

/** An event that takes time. A failure to record it is no failure of what it describes. */
abstract class SpanEvent extends Event implements Span {
    /** Sets the fields of an event that will be recorded. */
    abstract void fill(SocketAddress remote, @Nullable Throwable failure);

    @Override
    public final void end(SocketAddress remote, @Nullable Throwable failure) {
        end();
        try {
            if (!shouldCommit()) return;
            fill(remote, failure);
            commit();
        } catch (Throwable e) {
            Flight.drop(e);
        }
    }
}
